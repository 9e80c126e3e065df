import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createSecureServer, createServer, type Http2SecureServer, type Http2Server } from "node:http2";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../../system/processes/loopback-port.ts";
import { Authority, type CertificateFiles, pems } from "../../test/certificates.ts";
import type { ConnectionSettings } from "./settings/connection.ts";
import { unreachable } from "./unreachable.ts";

let folder: string;
let ca: Buffer;
let client: CertificateFiles;
let stranger: CertificateFiles;
const servers: (Http2Server | Http2SecureServer | ReturnType<typeof createTcpServer>)[] = [];
const at = { plain: "", tls: "", mtls: "", mtls12: "", words: "", nowhere: "" };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "crisol-unreachable-"));
  const authority = new Authority(join(folder, "ours"), "ours");
  ca = await readFile(authority.ca);
  client = authority.sign("client", "client");
  stranger = new Authority(join(folder, "theirs"), "theirs").sign("client", "client");
  const own = pems(authority.sign("server", "server", ["DNS:localhost"]));
  const asking = { ...own, ca, requestCert: true, rejectUnauthorized: true };
  const listening = async (server: (typeof servers)[number]) => {
    servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return `localhost:${(server.address() as AddressInfo).port}`;
  };
  at.plain = await listening(createServer());
  at.tls = await listening(createSecureServer(own));
  at.mtls = await listening(createSecureServer(asking));
  at.mtls12 = await listening(createSecureServer({ ...asking, maxVersion: "TLSv1.2" }));
  at.words = await listening(createTcpServer((socket) => socket.on("error", () => undefined).end("220 mail ready\r\n")));
  at.nowhere = `localhost:${await freePort()}`;
});
afterAll(async () => {
  for (const server of servers) server.close();
  await rm(folder, { recursive: true });
});

const pair = (files: CertificateFiles) => {
  const { cert, key } = pems(files);
  return { clientCertPair: { crt: cert, key } };
};

test.each<[string, keyof typeof at, () => ConnectionSettings["tls"], RegExp, RegExp]>([
  ["nothing listens", "nowhere", () => undefined, /no Temporal server answers: .*ECONNREFUSED/, /start that server/],
  ["another kind of server", "words", () => undefined, /does not speak HTTP\/2/, /correct the address/],
  ["TLS where none is", "plain", () => true, /the server does not speak TLS/, /unset tls/],
  ["no TLS where it is wanted", "tls", () => undefined, /requires TLS, which is not configured/, /TEMPORAL_TLS=true/],
  ["an unknown authority", "tls", () => true, /can't be verified: /, /tls\.ca/],
  ["another name", "tls", () => ({ serverRootCACertificate: ca, serverNameOverride: "other" }), /is for another name: /, /tls\.serverName/],
  ["no certificate", "mtls", () => ({ serverRootCACertificate: ca }), /requires a client certificate/, /TEMPORAL_TLS_CLIENT_CERT_PATH/],
  ["no certificate, TLS 1.2", "mtls12", () => ({ serverRootCACertificate: ca }), /client certificate/, /TEMPORAL_TLS_CLIENT_CERT_PATH/],
  [
    "a stranger's certificate",
    "mtls",
    () => ({ serverRootCACertificate: ca, ...pair(stranger) }),
    /refuses the client certificate/,
    /tls\.certificate and tls\.key/,
  ],
  [
    "silence behind a good connection",
    "mtls",
    () => ({ serverRootCACertificate: ca, ...pair(client) }),
    /does not answer: too late/,
    /check that server/,
  ],
])("%s", async (_, server, tlsOf, what, fix) => {
  const tls = tlsOf();
  const error = await unreachable({ address: at[server], ...(tls === undefined ? {} : { tls }) }, "too late");
  expect(error.parts).toMatchObject({ code: "SERVER_UNREACHABLE", where: at[server] });
  expect(error.parts.what).toMatch(what);
  expect(error.parts.fix).toMatch(fix);
});

test("a refused API key is reported as such", async () => {
  const error = await unreachable({ address: at.plain }, "16 UNAUTHENTICATED: Request unauthorized");
  expect(error.parts).toMatchObject({
    what: expect.stringContaining("refuses the API key"),
    fix: expect.stringContaining("TEMPORAL_API_KEY"),
  });
});
