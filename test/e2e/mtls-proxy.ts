import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, connect, type Socket } from "node:net";
import { createServer } from "node:tls";
import { type Authority, pems } from "../certificates.ts";

/** The proxy that clients of a Temporal server see in its place. */
export interface MtlsProxy {
  /** HOST:PORT. */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * mTLS for a Temporal server on this machine: the dev server has no TLS, so this proxy terminates it, as a load balancer would.
 *
 * TLS 1.2 or 1.3 with ALPN h2; a client must show a certificate of the authority. Accepted connections are passed to the server's port unread.
 */
export async function mtlsProxy(authority: Authority, serverName: string, port: number): Promise<MtlsProxy> {
  const sockets = new Set<Socket>();
  const server = createServer(
    {
      ...pems(authority.sign("server", "server", [`DNS:${serverName}`])),
      ca: readFileSync(authority.ca),
      requestCert: true,
      rejectUnauthorized: true,
      ALPNProtocols: ["h2"],
    },
    (client) => {
      const temporal = connect({ host: "127.0.0.1", port });
      for (const [one, other] of [
        [client, temporal],
        [temporal, client],
      ] as const) {
        sockets.add(one);
        one.pipe(other);
        one.on("error", () => other.destroy());
        one.once("close", () => {
          sockets.delete(one);
          other.destroy();
        });
      }
    },
  );
  // a client that was refused
  server.on("tlsClientError", (_, socket) => socket.destroy());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
