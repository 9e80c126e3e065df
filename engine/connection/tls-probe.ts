import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { ConnectionSettings } from "./settings/connection.ts";

/** How a server reacted to a connection: with HTTP/2 as it should, with a refusal and the system's or OpenSSL's code for it, or not at all. */
export type Probed = { readonly answers: true } | { readonly answers: false; readonly code: string; readonly message: string };

/** Preface of HTTP/2 and empty SETTINGS: a server must answer with its own. @see RFC 9113, section 3.4 */
const preface = Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])]);
const SETTINGS = 4;

/**
 * Open a connection with these settings and check whether the server speaks HTTP/2.
 *
 * The SDK's clients only report that they did not connect in time; the reason (no certificate, an unknown authority) is in the TLS handshake.
 *
 * @param patienceMs in milliseconds
 */
export function probe({ address, tls }: Pick<ConnectionSettings, "address" | "tls">, patienceMs: number): Promise<Probed> {
  const { host, port } = hostAndPort(address);
  const { serverNameOverride, serverRootCACertificate, clientCertPair } = typeof tls === "object" ? tls : {};
  return new Promise((resolve) => {
    const socket: Socket = tls
      ? connectTls({
          host,
          port,
          ALPNProtocols: ["h2"],
          ...(/^[\d.:]+$/.test(host) && serverNameOverride === undefined ? {} : { servername: serverNameOverride ?? host }),
          ...(serverRootCACertificate === undefined ? {} : { ca: serverRootCACertificate }),
          ...(clientCertPair === undefined ? {} : { cert: clientCertPair.crt, key: clientCertPair.key }),
        })
      : connectTcp({ host, port });
    const end = (probed: Probed) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(probed);
    };
    const refused = (code: string, message: string) => end({ answers: false, code, message });
    const timer = setTimeout(() => refused("ETIMEDOUT", `no answer within ${patienceMs / 1000} s`), patienceMs);
    socket.once(tls ? "secureConnect" : "connect", () => socket.write(preface));
    socket.once("data", (bytes: Buffer) => {
      if (bytes[3] === SETTINGS) end({ answers: true });
      else refused("NOT_HTTP2", "what answers there does not speak HTTP/2");
    });
    socket.once("error", (error: NodeJS.ErrnoException) => refused(error.code ?? "", error.message));
    socket.once("close", () => refused("CLOSED", "the connection was closed"));
  });
}

function hostAndPort(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(address.slice(colon + 1)) };
}
