import { createDecipheriv, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultPayloadConverter, type Payload } from "@temporalio/common";
import proto from "@temporalio/proto";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Config } from "../settings/define.ts";
import { AesGcmCodec } from "./aes-gcm.ts";
import { loadKeys } from "./keys.ts";

let folder: string;
const bytes = { one: randomBytes(32), two: randomBytes(32) };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "crisol-codec-"));
  await writeFile(join(folder, "one"), `${bytes.one.toString("base64")}\n`);
  await writeFile(join(folder, "two"), bytes.two.toString("hex"));
});
afterAll(() => rm(folder, { recursive: true }));

const key = (id: string, name = id) => ({ id, from: { file: join(folder, name) } });
const codecOf = async (codec?: object, onUnreadable?: (error: Error) => void) =>
  new AesGcmCodec(await loadKeys(Config.parse({ codec })), onUnreadable);
const payload = defaultPayloadConverter.toPayload({ path: "data/secret.txt" });
const read = ([decoded]: Payload[]) => defaultPayloadConverter.fromPayload(decoded as Payload);

test("what is encrypted can be decrypted; nothing of it is in clear, and the same payload is never encrypted the same way twice", async () => {
  const codec = await codecOf({ key: key("one") });
  const encrypted = await codec.encode([payload, payload]);
  for (const { metadata, data } of encrypted) {
    expect(Object.values(metadata ?? {}).map((value) => Buffer.from(value).toString())).toEqual(["binary/encrypted", "one"]);
    expect(Buffer.from(data ?? []).toString("latin1")).not.toMatch(/secret|json/);
  }
  expect(encrypted[0]?.data).not.toEqual(encrypted[1]?.data);
  expect(read(await codec.decode(encrypted))).toEqual({ path: "data/secret.txt" });
});

test("the bytes are nonce, ciphertext of the payload's protobuf, tag: the format of Temporal's samples", async () => {
  const [encrypted] = await (await codecOf({ key: key("two") })).encode([payload]);
  const data = Buffer.from(encrypted?.data ?? []);
  const decipher = createDecipheriv("aes-256-gcm", bytes.two, data.subarray(0, 12)).setAuthTag(data.subarray(-16));
  const clear = Buffer.concat([decipher.update(data.subarray(12, -16)), decipher.final()]);
  expect(defaultPayloadConverter.fromPayload(proto.temporal.api.common.v1.Payload.decode(clear))).toEqual({ path: "data/secret.txt" });
});

test("a rotated key still decrypts what it encrypted, and no longer encrypts", async () => {
  const before = await (await codecOf({ key: key("one") })).encode([payload]);
  const rotated = await codecOf({ key: key("two"), otherKeys: [key("one")] });
  expect(read(await rotated.decode(before))).toEqual({ path: "data/secret.txt" });
  const [after] = await rotated.encode([payload]);
  expect(Buffer.from(after?.metadata?.["encryption-key-id"] ?? []).toString()).toBe("two");
});

test("what was never encrypted is read as it is; without a key nothing is encrypted", async () => {
  expect(await (await codecOf({ key: key("one") })).decode([payload])).toEqual([payload]);
  expect(await (await codecOf()).encode([payload])).toEqual([payload]);
});

test("an unreadable payload names the missing key, reports it once, and shows no stack to the server", async () => {
  const encrypted = await (await codecOf({ key: key("one") })).encode([payload]);
  const onUnreadable = vi.fn();
  const keyless = await codecOf(undefined, onUnreadable);
  for (const _ of [1, 2]) {
    const error = await keyless.decode(encrypted).catch((thrown) => thrown);
    expect(error.parts).toMatchObject({ code: "CONFIG_INVALID", where: "codec in temporal.config.ts: not set" });
    expect(error.stack).toBe(
      `CrisolError: a payload from the Temporal server is encrypted with key 'one', which this process does not have`,
    );
  }
  expect(onUnreadable).toHaveBeenCalledTimes(1);
  const otherKey = await codecOf({ key: key("one", "two") });
  await expect(otherKey.decode(encrypted)).rejects.toMatchObject({
    parts: { what: expect.stringContaining("another key under that name") },
  });
});

test.each([
  ["a flipped bit", 20],
  ["a flipped bit of the tag", -1],
])("%s is detected", async (_, at) => {
  const codec = await codecOf({ key: key("one") });
  const [encrypted] = await codec.encode([payload]);
  const data = Buffer.from(encrypted?.data ?? []);
  const index = at < 0 ? data.length + at : at;
  data.writeUInt8(data.readUInt8(index) ^ 1, index);
  await expect(codec.decode([{ ...encrypted, data }])).rejects.toMatchObject({ parts: { code: "CONFIG_INVALID" } });
  await expect(codec.decode([{ ...encrypted, data: data.subarray(0, 20) }])).rejects.toMatchObject({ parts: { code: "CONFIG_INVALID" } });
});

test.each(["c2hvcnQ=", "not base64 at all, but as long as a key would be", "ab".repeat(31)])(
  "a text that is not a key is refused, and not repeated: %s",
  async (text) => {
    await writeFile(join(folder, "broken"), text);
    const error = await codecOf({ key: key("one"), otherKeys: [key("broken")] }).catch((thrown) => thrown);
    expect(error.parts).toMatchObject({ code: "CONFIG_INVALID", where: join(folder, "broken") });
    expect(error.parts.what).toMatch(/^codec\.otherKeys\.0 'broken': not a key of 32 bytes/);
    expect(JSON.stringify(error.parts)).not.toContain(text);
  },
);
