import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { Payload, PayloadCodec } from "@temporalio/common";
import proto from "@temporalio/proto";
import { CrisolError } from "../../../schemas/error.ts";
import type { Keyring } from "./keys.ts";

const ENCODING = "binary/encrypted";
const KEY_ID = "encryption-key-id";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;

/**
 * Encrypts payloads by AES-256-GCM, each under a random nonce, and decrypts those of every key it has; without any key it passes payloads through.
 *
 * Data: nonce, ciphertext of the payload's protobuf, tag; the key's id is in the metadata. Temporal's samples write the same format, so
 * their codec servers can show it. What is not encrypted is read as it is: runs from before the codec was turned on continue.
 */
export class AesGcmCodec implements PayloadCodec {
  readonly #keys: Keyring;
  readonly #unreadable: (error: CrisolError) => void;
  readonly #reported = new Set<string>();

  /** @param unreadable is called once for each key whose payloads can't be read; the error itself is thrown into the SDK */
  constructor(keys: Keyring, unreadable: (error: CrisolError) => void = () => undefined) {
    this.#keys = keys;
    this.#unreadable = unreadable;
  }

  async encode(payloads: Payload[]): Promise<Payload[]> {
    const { writes } = this.#keys;
    if (writes === undefined) return payloads;
    return payloads.map((payload) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", writes.key, nonce);
      const data = Buffer.concat([nonce, cipher.update(PayloadMessage.encode(payload).finish()), cipher.final(), cipher.getAuthTag()]);
      return { metadata: { encoding: Buffer.from(ENCODING), [KEY_ID]: Buffer.from(writes.id) }, data };
    });
  }

  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => (textOf(payload, "encoding") === ENCODING ? this.#decrypt(payload) : payload));
  }

  #decrypt(payload: Payload): Payload {
    const id = textOf(payload, KEY_ID) ?? "";
    const key = this.#keys.reads.get(id);
    const data = payload.data ?? new Uint8Array();
    if (key === undefined) throw this.#cannotRead(id, "which this process does not have");
    try {
      if (data.length < NONCE_BYTES + TAG_BYTES) throw new RangeError("too short");
      const decipher = createDecipheriv("aes-256-gcm", key, data.subarray(0, NONCE_BYTES));
      decipher.setAuthTag(data.subarray(-TAG_BYTES));
      return PayloadMessage.decode(Buffer.concat([decipher.update(data.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]));
    } catch (cause) {
      throw this.#cannotRead(id, "but this process has another key under that name", cause);
    }
  }

  #cannotRead(id: string, reason: string, cause?: unknown): CrisolError {
    const error = new CrisolError(
      {
        code: "CONFIG_INVALID",
        what: `a payload from the Temporal server is encrypted with key '${id}', ${reason}`,
        where: `codec in temporal.config.ts: ${[...this.#keys.reads.keys()].map((known) => `'${known}'`).join(", ") || "not set"}`,
        why: "the run can't continue until it can be read",
        fix: `add the key '${id}' of the process that sent it to this process, as codec.key or in codec.otherKeys; restart workers after that`,
      },
      { cause },
    );
    // the SDK sends the stack to the server, in clear if there is no key
    error.stack = `${error.name}: ${error.message}`;
    if (!this.#reported.has(id)) this.#unreadable(error);
    this.#reported.add(id);
    return error;
  }
}

function textOf({ metadata }: Payload, name: string): string | undefined {
  const value = metadata?.[name];
  return value === undefined || value === null ? undefined : Buffer.from(value).toString("utf8");
}
