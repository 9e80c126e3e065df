import { createSecretKey, type KeyObject } from "node:crypto";
import { CrisolError } from "../../../schemas/error.ts";
import type { CodecKey, Config } from "../settings/define.ts";
import { placeOf, secretText } from "../settings/secret-text.ts";

const KEY_BYTES = 32;

/** Keys of the payload codec: the one that encrypts, and all that decrypt, by id. */
export interface Keyring {
  readonly writes?: { readonly id: string; readonly key: KeyObject };
  readonly reads: ReadonlyMap<string, KeyObject>;
}

/**
 * Load the keys that the settings refer to; none when the codec is off.
 *
 * @throws CrisolError CONFIG_INVALID for a key that is missing or invalid; its text is never repeated.
 */
export async function loadKeys({ codec }: Pick<Config, "codec">): Promise<Keyring> {
  if (codec === undefined) return { reads: new Map() };
  const key = await loadKey(codec.key, "codec.key");
  const others = await Promise.all(
    codec.otherKeys.map(async (other, at) => [other.id, await loadKey(other, `codec.otherKeys.${at}`)] as const),
  );
  return { writes: { id: codec.key.id, key }, reads: new Map([[codec.key.id, key], ...others]) };
}

async function loadKey({ id, from }: CodecKey, setting: string): Promise<KeyObject> {
  const text = await secretText(from, `${setting} '${id}'`);
  const bytes = Buffer.from(text, /^[0-9a-fA-F]{64}$/.test(text) ? "hex" : "base64");
  if (bytes.length === KEY_BYTES && /^[\w+/-]{43}=?$|^[0-9a-fA-F]{64}$/.test(text)) return createSecretKey(bytes);
  throw new CrisolError({
    code: "CONFIG_INVALID",
    what: `${setting} '${id}': not a key of ${KEY_BYTES} bytes in base64 or hexadecimal digits`,
    where: placeOf(from),
    why: "everything sent to the Temporal server is encrypted by AES-256, whose keys have 32 bytes",
    fix: "create a key with `openssl rand -base64 32`, and give every worker and command the same one",
  });
}
