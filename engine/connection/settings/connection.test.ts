import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Authority, type CertificateFiles } from "../../../test/certificates.ts";
import { connectionSettings } from "./connection.ts";
import { Config } from "./define.ts";

let folder: string;
let ca: string;
let own: CertificateFiles;
let other: CertificateFiles;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "crisol-connection-"));
  const authority = new Authority(folder, "an authority");
  ca = authority.ca;
  own = authority.sign("own", "client");
  other = authority.sign("other", "client");
});
afterAll(() => rm(folder, { recursive: true }));

const settingsOf = (settings: object) => connectionSettings(Config.parse({ address: "cloud:7233", ...settings }), "cloud:7233");

test("an API key turns on TLS, and is sent only to the configured address, like headers", async () => {
  const config = Config.parse({ address: "cloud:7233", apiKey: "k", metadata: { "x-team": "lab" } });
  expect(await connectionSettings(config, "cloud:7233")).toEqual({
    address: "cloud:7233",
    tls: true,
    apiKey: "k",
    metadata: { "x-team": "lab" },
  });
  expect(await connectionSettings(config, "127.0.0.1:7233")).toEqual({ address: "127.0.0.1:7233" });
});

test("an API key is read from its source, and its absence is reported", async () => {
  vi.stubEnv("CONNECTION_TEST_KEY", "of the environment\n");
  try {
    expect(await settingsOf({ apiKey: { secret: "CONNECTION_TEST_KEY" } })).toMatchObject({ apiKey: "of the environment" });
  } finally {
    vi.unstubAllEnvs();
  }
  await writeFile(join(folder, "api-key"), "of a file\n");
  expect(await settingsOf({ apiKey: { file: join(folder, "api-key") } })).toMatchObject({ apiKey: "of a file" });
  await expect(settingsOf({ apiKey: { secret: "CONNECTION_TEST_KEY" } })).rejects.toMatchObject({
    parts: { code: "CONFIG_INVALID", what: "apiKey: the environment variable is not set", where: "$CONNECTION_TEST_KEY" },
  });
  await expect(settingsOf({ apiKey: { file: join(folder, "none") } })).rejects.toMatchObject({
    parts: { code: "CONFIG_INVALID", where: join(folder, "none") },
  });
});

test("certificates are read from files or taken as text", async () => {
  const fromFiles = await settingsOf({ tls: { serverName: "temporal", ca, ...own } });
  expect(fromFiles.tls).toMatchObject({ serverNameOverride: "temporal", clientCertPair: { crt: expect.any(Buffer) } });
  const { readFile } = await import("node:fs/promises");
  const text = async (path: string) => ({ data: await readFile(path, "utf8") });
  const tls = { serverName: "temporal", ca: await text(ca), certificate: await text(own.certificate), key: await text(own.key) };
  expect(await settingsOf({ tls })).toEqual(fromFiles);
});

test("everything wrong with certificates is reported at once", async () => {
  const tls = { ca: join(folder, "none.pem"), certificate: own.key, key: { data: "no key" } };
  const error = await settingsOf({ tls }).catch((thrown) => thrown);
  expect(error.parts).toMatchObject({ code: "CONFIG_INVALID", where: [tls.ca, own.key, "the text of tls.key"].join("\n") });
  expect(error.parts.what).toMatch(/tls\.ca: ENOENT[\s\S]*tls\.certificate: [\s\S]*tls\.key: /);
  await expect(settingsOf({ tls: { certificate: own.certificate, key: other.key } })).rejects.toMatchObject({
    parts: { what: "tls.key: not the key of tls.certificate" },
  });
});

test("an expired certificate is reported before a server refuses it", async () => {
  vi.useFakeTimers({ now: Date.now() + 10 * 24 * 3600 * 1000, toFake: ["Date"] });
  try {
    await expect(settingsOf({ tls: own })).rejects.toMatchObject({
      parts: { what: expect.stringMatching(/^tls\.certificate: expired on \d/) },
    });
  } finally {
    vi.useRealTimers();
  }
});
