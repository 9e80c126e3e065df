import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { discard, publishNew, uniqueName } from "../../../system/files/durable-file.ts";
import { writing } from "../../../system/files/file-errors.ts";
import type { ObjectDraft } from "../backend.ts";

/** An object being written as a file in the store's file system, not yet under its name. */
export class FileDraft implements ObjectDraft {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #pathOf: (name: string) => string;
  #isWhole = false;

  private constructor(path: string, handle: FileHandle, pathOf: (name: string) => string) {
    this.#path = path;
    this.#handle = handle;
    this.#pathOf = pathOf;
  }

  /** Start a file that is read-only once it is done. */
  static async create(temporary: string, pathOf: (name: string) => string): Promise<FileDraft> {
    const path = join(temporary, uniqueName());
    return new FileDraft(path, await writing(path, () => open(path, "wx", 0o444)), pathOf);
  }

  write(chunk: Uint8Array): Promise<void> {
    return writing(this.#path, async () => {
      for (let rest = chunk; rest.byteLength > 0; ) {
        const { bytesWritten } = await this.#handle.write(rest);
        rest = rest.subarray(bytesWritten);
      }
    });
  }

  async publish(name: string): Promise<boolean> {
    if (!this.#isWhole) {
      await writing(this.#path, () => this.#handle.sync());
      await this.#handle.close();
      this.#isWhole = true;
    }
    const target = this.#pathOf(name);
    return writing(target, () => publishNew(this.#path, target));
  }

  async discard(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
    await discard(this.#path);
  }
}
