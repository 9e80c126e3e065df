import { execFileSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder, temporaryStore } from "../../test/fixtures/temporary-store.ts";
import { openStore } from "../store.ts";
import { preAuthenticationEncoding } from "./dsse.ts";

const payload = Buffer.from('{"a":1}');

test("the encoding that is signed matches DSSE's own example", () => {
  expect(preAuthenticationEncoding("http://example.com/HelloWorld", Buffer.from("hello world")).toString()).toBe(
    "DSSEv1 29 http://example.com/HelloWorld 11 hello world",
  );
});

test("a signed payload verifies; only its owner can read the private key", async () => {
  const { keyring, folder } = await temporaryStore();
  const envelope = await keyring.sign("application/json", payload);
  expect(await keyring.verify(envelope)).toEqual(payload);
  expect(statSync(join(folder, "keys/signing.pem")).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, "keys")).mode & 0o777).toBe(0o700);
});

test("openssl agrees with the signature and with the key's name", async () => {
  const { keyring, folder } = await temporaryStore();
  const { signatures } = await keyring.sign("text/plain", payload);
  const work = temporaryFolder();
  writeFileSync(join(work, "signed"), preAuthenticationEncoding("text/plain", payload));
  writeFileSync(join(work, "signature"), Buffer.from(signatures[0]?.sig ?? "", "base64"));
  const key = join(folder, "keys/signing.pub.pem");
  const said = execFileSync("openssl", ["dgst", "-sha256", "-verify", key, "-signature", join(work, "signature"), join(work, "signed")]);
  expect(said.toString()).toContain("Verified OK");
  const der = execFileSync("openssl", ["pkey", "-pubin", "-in", key, "-outform", "der"]);
  const digest = execFileSync("openssl", ["dgst", "-sha256", "-r"], { input: der }).toString().slice(0, 64);
  expect(signatures[0]?.keyid).toBe(digest);
});

test("the same payload has the same signature, even in another process", async () => {
  const store = await temporaryStore();
  const envelope = await store.keyring.sign("text/plain", payload);
  expect(await (await openStore(store.location)).keyring.sign("text/plain", payload)).toEqual(envelope);
  expect(await store.keyring.sign("text/html", payload)).not.toEqual(envelope);
});

test("several processes that create the key at once end up with one key", async () => {
  const { folder } = await temporaryStore();
  const rings = await Promise.all(Array.from({ length: 6 }, async () => (await openStore({ directory: folder })).keyring));
  const ids = await Promise.all(rings.map((ring) => ring.keyId()));
  expect(new Set(ids).size).toBe(1);
});

test("a private key that people put there gets its public half beside it", async () => {
  const [store, other] = [await temporaryStore(), await temporaryStore()];
  await store.keyring.sign("text/plain", payload);
  await other.keyring.sign("text/plain", payload);
  writeFileSync(join(store.location.directory, "keys/signing.pem"), readFileSync(join(other.folder, "keys/signing.pem")));
  await (await openStore(store.location)).keyring.sign("text/plain", payload);
  const publicHalf = (folder: string): string => readFileSync(join(folder, "keys/signing.pub.pem"), "utf8");
  expect(publicHalf(store.location.directory)).toBe(publicHalf(other.folder));
});

test.each([
  ["payload", { payload: Buffer.from('{"a":2}').toString("base64") }],
  ["type", { payloadType: "text/html" }],
  ["signature", { signatures: [{ keyid: "", sig: "" }] }],
])("an envelope with a different %s does not verify", async (_, change) => {
  const { keyring } = await temporaryStore();
  const envelope = await keyring.sign("text/plain", payload);
  await expect(keyring.verify({ ...envelope, ...change })).rejects.toMatchObject({ parts: { code: "SEAL_BROKEN" } });
});

test("another project's signature does not verify", async () => {
  const [ours, theirs] = [await temporaryStore(), await temporaryStore()];
  const envelope = await theirs.keyring.sign("text/plain", payload);
  await expect(ours.keyring.verify(envelope)).rejects.toMatchObject({ parts: { what: expect.stringContaining("project's key") } });
});

test("a damaged key is reported as such, and never replaced", async () => {
  const { keyring, folder } = await temporaryStore();
  await keyring.sign("text/plain", payload);
  const path = join(folder, "keys/signing.pem");
  writeFileSync(path, readFileSync(path, "utf8").slice(0, 60));
  const again = await openStore({ directory: folder });
  await expect(again.keyring.sign("text/plain", payload)).rejects.toMatchObject({ parts: { code: "SEAL_BROKEN", where: path } });
  expect(readFileSync(path)).toHaveLength(60);
});
