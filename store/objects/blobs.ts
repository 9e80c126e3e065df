import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { Digest, digestOf } from "../../schemas/digest.ts";
import { chunksOf, uniqueName } from "../../system/files/durable-file.ts";
import type { HashedFile } from "../../system/files/hash-file.ts";
import { type BlobDamage, damagedBlob, describeDamage } from "../damage.ts";
import type { Backend, ObjectStat } from "./backend.ts";
import { findDamage } from "./blob-check.ts";
import { objectSource, readVerified } from "./blob-reader.ts";
import type { StatIndex } from "./stat-index.ts";

/** A blob that is used again within this time (milliseconds) of its last use is not marked as used again. */
const touchAfterMs = 10 * 60_000;

/** What was written this long ago (milliseconds) is durable, whatever became of its writer: systems write back after some 30 seconds. */
const durableAfterMs = 5 * 60_000;

/** A blob being written: visible only once it is committed, gone when it is discarded. */
export interface BlobWriter {
  write(chunk: Uint8Array): Promise<void>;
  commit(): Promise<HashedFile>;
  discard(): Promise<void>;
}

/** Immutable bytes, named by their sha-256. Whatever is returned has been verified; whatever exists is whole. */
export class Blobs {
  readonly #backend: Backend;
  readonly #index: StatIndex;

  constructor(backend: Backend, index: StatIndex) {
    this.#backend = backend;
    this.#index = index;
  }

  /**
   * Store these bytes; the same bytes are stored once.
   *
   * @throws CrisolError STORE_FULL, STORE_UNWRITABLE; nothing is then visible.
   */
  async put(contents: Uint8Array | string | AsyncIterable<Uint8Array>): Promise<HashedFile> {
    if (typeof contents === "string") return this.#putBytes(Buffer.from(contents));
    if (contents instanceof Uint8Array) return this.#putBytes(contents);
    const writer = await this.create();
    try {
      for await (const chunk of contents) await writer.write(chunk);
      return await writer.commit();
    } catch (error) {
      await writer.discard();
      throw error;
    }
  }

  /** Store a copy of a file's bytes. */
  async putFile(path: string): Promise<HashedFile> {
    const handle = await open(path, "r");
    try {
      return await this.put(chunksOf(handle, 1 << 20));
    } finally {
      await handle.close();
    }
  }

  /** Start a blob whose bytes arrive in chunks. */
  async create(): Promise<BlobWriter> {
    const draft = await this.#backend.create();
    const hash = createHash("sha256");
    let bytes = 0;
    return {
      write: async (chunk) => {
        const written = draft.write(chunk);
        hash.update(chunk);
        bytes += chunk.byteLength;
        await written;
      },
      commit: async () => {
        const hashed = { bytes, sha256: Digest.parse(hash.digest("hex")) };
        try {
          return await this.#keep(hashed, (name) => draft.publish(name));
        } finally {
          await draft.discard();
        }
      },
      discard: () => draft.discard(),
    };
  }

  /**
   * A blob's bytes, verified as they are read: the last chunk comes only if the digest matches.
   *
   * @throws CrisolError ARTIFACT_DAMAGED
   */
  read(digest: Digest): AsyncGenerator<Uint8Array> {
    return readVerified(objectSource(this.#backend, blobName(digest)), digest, {
      verified: ({ version }) => this.#index.keep(digest, version, digest),
      damaged: damagedBlob,
    });
  }

  /**
   * All bytes of a small blob, verified.
   *
   * @throws CrisolError ARTIFACT_DAMAGED
   */
  async readAll(digest: Digest): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.read(digest)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  /**
   * The path of a read-only file on this machine with the bytes of a verified blob.
   *
   * @throws CrisolError ARTIFACT_DAMAGED
   */
  async materialize(digest: Digest): Promise<string> {
    const damage = await this.check(digest);
    const path = damage === undefined ? await this.#backend.materialize(blobName(digest)) : undefined;
    if (path === undefined) throw damagedBlob(damage ?? { blob: digest, finding: "missing" });
    return path;
  }

  /** Size and time of a blob, unverified; undefined when it does not exist. */
  stat(digest: Digest): Promise<ObjectStat | undefined> {
    return this.#backend.stat(blobName(digest));
  }

  /** What is wrong with a blob, at the cost of a stat if it was verified before; `deep` reads it in any case. */
  check(digest: Digest, options: { readonly deep?: boolean } = {}): Promise<BlobDamage | undefined> {
    return findDamage(this.#backend, blobName(digest), { blob: digest, index: this.#index, ...options });
  }

  /** Move a damaged blob into `damaged/`, with a note of what was found; a sound one stays where it is. */
  async setAside(digest: Digest): Promise<void> {
    const damage = await this.check(digest, { deep: true });
    this.#index.drop(digest);
    if (damage === undefined || damage.finding === "missing") return;
    const target = `damaged/${digest}.${uniqueName()}`;
    const note = { ...damage, at: new Date().toISOString(), what: describeDamage(damage) };
    await this.#backend.publish(`${target}.json`, `${JSON.stringify(note)}\n`);
    await this.#backend.move(blobName(digest), target);
  }

  /** The digests of all blobs, in ascending order. */
  async *list(): AsyncGenerator<Digest> {
    for await (const page of this.#backend.list("blobs")) {
      for (const name of page) {
        const parsed = Digest.safeParse(name.split("/").at(-1));
        if (parsed.success) yield parsed.data;
      }
    }
  }

  /** Delete a blob that has not been used since a moment (milliseconds since the epoch); false when it has. */
  async free(digest: Digest, unusedSince: number): Promise<boolean> {
    const limbo = `tmp/${digest}.${uniqueName()}`;
    if (!(await this.#backend.move(blobName(digest), limbo))) return false;
    this.#index.drop(digest);
    const found = await this.#backend.stat(limbo);
    if (found !== undefined && found.modified >= unusedSince) {
      await this.#backend.move(limbo, blobName(digest));
      return false;
    }
    await this.#backend.remove(limbo);
    return true;
  }

  async #putBytes(bytes: Uint8Array): Promise<HashedFile> {
    const hashed = { bytes: bytes.byteLength, sha256: digestOf(bytes) };
    if (await this.#isThere(hashed.sha256)) return hashed;
    return this.#keep(hashed, (name) => this.#backend.publish(name, bytes));
  }

  /** Give bytes their name, unless a sound blob already has it. */
  async #keep(hashed: HashedFile, give: (name: string) => Promise<boolean>): Promise<HashedFile> {
    const { sha256 } = hashed;
    while (!(await give(blobName(sha256)))) {
      if (await this.#isThere(sha256)) return hashed;
      await this.setAside(sha256);
    }
    await this.#keepVersion(sha256);
    return hashed;
  }

  /** Whether a sound blob of this name exists; it then counts as just used. */
  async #isThere(digest: Digest): Promise<boolean> {
    if ((await this.check(digest)) !== undefined) return false;
    const found = await this.stat(digest);
    if (found === undefined) return false;
    const age = Date.now() - found.modified;
    // its writer may have been killed before it was durable
    if (age < durableAfterMs) await this.#backend.sync(blobName(digest));
    if (age < touchAfterMs) return true;
    if (!(await this.#backend.touch(blobName(digest)))) return false;
    await this.#keepVersion(digest);
    return true;
  }

  async #keepVersion(digest: Digest): Promise<void> {
    const found = await this.#backend.stat(blobName(digest));
    if (found !== undefined) this.#index.keep(digest, found.version, digest);
  }
}

function blobName(digest: Digest): string {
  return `blobs/${digest.slice(0, 2)}/${digest}`;
}
