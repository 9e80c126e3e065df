import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { Digest } from "../../schemas/digest.ts";
import { discard, uniqueName } from "../../system/files/durable-file.ts";
import { writing } from "../../system/files/file-errors.ts";
import type { HashedFile } from "../../system/files/hash-file.ts";

/** A file being written in the store's file system, not yet under its final name, and hashed as it is written. */
export class SpoolFile {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #hash = createHash("sha256");
  #bytes = 0;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  /** Start a file that is read-only once it is done. */
  static async create(folder: string): Promise<SpoolFile> {
    const path = join(folder, uniqueName());
    return new SpoolFile(path, await writing(path, () => open(path, "wx", 0o444)));
  }

  /** Append a chunk. */
  async write(chunk: Uint8Array): Promise<void> {
    const written = writing(this.path, () => this.#writeAll(chunk));
    this.#hash.update(chunk);
    this.#bytes += chunk.byteLength;
    await written;
  }

  /** Make the file durable and close it. */
  async finish(): Promise<HashedFile> {
    await writing(this.path, () => this.#handle.sync());
    await this.#handle.close();
    return { bytes: this.#bytes, sha256: Digest.parse(this.#hash.digest("hex")) };
  }

  /** Close and delete it. */
  async discard(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
    await discard(this.path);
  }

  async #writeAll(chunk: Uint8Array): Promise<void> {
    for (let rest = chunk; rest.byteLength > 0; ) {
      const { bytesWritten } = await this.#handle.write(rest);
      rest = rest.subarray(bytesWritten);
    }
  }
}
