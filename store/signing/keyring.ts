import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { chmod, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { DsseEnvelope } from "../../dsl/context.ts";
import { digestOf } from "../../schemas/digest.ts";
import { CrisolError } from "../../schemas/error.ts";
import { discard, makeFolder, publishNew, replaceFile, uniqueName, writeWhole } from "../../system/files/durable-file.ts";
import { unlessMissing, writing } from "../../system/files/file-errors.ts";
import { Envelope, holds, keyId, preAuthenticationEncoding, signEnvelope } from "./dsse.ts";

/**
 * The project's signing key (ECDSA P-256), created on first use and readable only by its owner, with its public half beside it.
 *
 * ECDSA draws a random number for each signature; a signature is kept and returned again for the same payload, so that work repeated after a
 * crash produces the same bytes.
 */
export class Keyring {
  readonly #folder: string;
  readonly #temporary: string;
  #keys: { private: KeyObject; public: KeyObject } | undefined;

  constructor(folder: string, temporary: string) {
    this.#folder = folder;
    this.#temporary = temporary;
  }

  /** Sign a payload with the project's key. */
  async sign(payloadType: string, payload: Uint8Array): Promise<DsseEnvelope> {
    const keys = await this.#load();
    const kept = join(this.#folder, "signatures", `${digestOf(preAuthenticationEncoding(payloadType, payload))}.json`);
    const envelope = await this.#readKept(kept, keys.public);
    if (envelope !== undefined) return envelope;
    await this.#publish(kept, JSON.stringify(signEnvelope(payloadType, payload, keys)), 0o644);
    return (await this.#readKept(kept, keys.public)) ?? damagedKey(kept);
  }

  /**
   * The payload of an envelope signed with the project's key.
   *
   * @throws CrisolError SEAL_BROKEN when it was not signed with it, or has changed since.
   */
  async verify(envelope: DsseEnvelope): Promise<Buffer> {
    const { public: publicKey } = await this.#load();
    if (holds(envelope, publicKey)) return Buffer.from(envelope.payload, "base64");
    const id = keyId(publicKey);
    const ours = envelope.signatures.some((signature) => signature.keyid === id);
    throw new CrisolError({
      code: "SEAL_BROKEN",
      what: ours ? "the signature is invalid: what it covers was changed" : "the signature was not made with the project's key",
      where: `envelope of type ${envelope.payloadType}, keys ${envelope.signatures.map(({ keyid }) => keyid.slice(0, 12)).join(", ")}; project's key ${id.slice(0, 12)}`,
      why: "nothing proves which bytes went into the model",
      fix: ours
        ? "seal the data again from its source"
        : `put the key that it was signed with into ${this.#folder}, or seal the data again`,
    });
  }

  /** The name of the project's key: sha-256 of its public half. */
  async keyId(): Promise<string> {
    return keyId((await this.#load()).public);
  }

  async #load(): Promise<{ private: KeyObject; public: KeyObject }> {
    this.#keys ??= await this.#readOrMake();
    return this.#keys;
  }

  async #readOrMake(): Promise<{ private: KeyObject; public: KeyObject }> {
    const path = join(this.#folder, "signing.pem");
    if ((await unlessMissing(readFile(path))) === undefined) {
      const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      await this.#publish(path, privateKey.export({ type: "pkcs8", format: "pem" }).toString(), 0o600);
    }
    const pem = await readFile(path, "utf8");
    const keys = { private: privateKeyFrom(pem, path), public: createPublicKey(privateKeyFrom(pem, path)) };
    await this.#writePublic(keys.public);
    return keys;
  }

  /** Write the public half beside the private one, which people may have put there themselves. */
  async #writePublic(key: KeyObject): Promise<void> {
    const path = join(this.#folder, "signing.pub.pem");
    const pem = key.export({ type: "spki", format: "pem" }).toString();
    if ((await unlessMissing(readFile(path, "utf8"))) === pem) return;
    await writing(path, () => replaceFile(path, pem, { temporary: this.#temporary }));
  }

  /** Write a whole file unless it exists. */
  async #publish(path: string, contents: string, mode: number): Promise<void> {
    const draft = join(this.#temporary, uniqueName());
    await writing(path, async () => {
      await makeFolder(this.#folder);
      await chmod(this.#folder, 0o700);
      await writeWhole(draft, contents, mode);
      await publishNew(draft, path).finally(() => discard(draft));
    });
  }

  async #readKept(path: string, publicKey: KeyObject): Promise<DsseEnvelope | undefined> {
    const text = await unlessMissing(readFile(path, "utf8"));
    if (text === undefined) return undefined;
    try {
      const envelope = Envelope.parse(JSON.parse(text));
      if (holds(envelope, publicKey)) return envelope;
    } catch {
      // damaged: signed again below
    }
    await discard(path);
    return undefined;
  }
}

function privateKeyFrom(pem: string, path: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    return damagedKey(path);
  }
}

function damagedKey(path: string): never {
  throw new CrisolError({
    code: "SEAL_BROKEN",
    what: "the project's signing key cannot be read",
    where: path,
    why: "without it, data cannot be sealed and old seals cannot be checked",
    fix: "restore a copy of it; without one, move the file away: a new key is created, and data must be sealed again",
  });
}
