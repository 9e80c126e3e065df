import { existsSync, readFileSync } from "node:fs";
import { readdir, rename, stat, utimes } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { discard, makeFolder, publishContents, publishNew, replaceFile, syncFile, syncFolder } from "../../system/files/durable-file.ts";
import { unlessMissing, writing } from "../../system/files/file-errors.ts";
import { withLock } from "../../system/processes/process-lock.ts";
import type { Backend, ObjectStat } from "./backend.ts";

/** Objects as files below a folder; `tmp/` in it holds what is being written. */
export class DirectoryBackend implements Backend {
  readonly #folder: string;
  readonly #temporary: string;

  constructor(folder: string, temporary: string) {
    this.#folder = folder;
    this.#temporary = temporary;
  }

  local(name: string): string {
    return join(this.#folder, name);
  }

  adopt(file: string, name: string): Promise<boolean> {
    return writing(this.local(name), () => publishNew(file, this.local(name)));
  }

  publish(name: string, contents: string | Uint8Array): Promise<boolean> {
    return writing(this.local(name), () => publishContents(contents, this.local(name), this.#temporary));
  }

  async sync(name: string): Promise<void> {
    await unlessMissing(syncFile(this.local(name)));
  }

  readText(name: string): Promise<string | undefined> {
    const path = this.local(name);
    // texts are small and usually don't exist yet; an error would cost more than this check
    return unlessMissing(Promise.try(() => (existsSync(path) ? readFileSync(path, "utf8") : undefined)));
  }

  async stat(name: string): Promise<ObjectStat | undefined> {
    const found = await unlessMissing(stat(this.local(name)));
    return found && { bytes: found.size, modified: found.mtimeMs };
  }

  async *list(folder: string): AsyncGenerator<string> {
    const entries = await unlessMissing(readdir(this.local(folder), { withFileTypes: true, recursive: true }));
    for (const entry of entries ?? []) {
      if (!entry.isFile() || entry.name.startsWith(".")) continue;
      yield relative(this.#folder, join(entry.parentPath, entry.name)).split(sep).join("/");
    }
  }

  compareAndSet(name: string, expect: string | undefined, next: string): Promise<boolean> {
    const path = this.local(name);
    return writing(path, async () => {
      await makeFolder(dirname(path));
      return withLock(join(dirname(path), `.${name.split("/").at(-1)}.lock`), this.#temporary, async () => {
        if ((await this.readText(name)) !== expect) return false;
        await replaceFile(path, next, this.#temporary);
        return true;
      });
    });
  }

  async touch(name: string): Promise<boolean> {
    const now = new Date();
    const done = await writing(this.local(name), () => unlessMissing(utimes(this.local(name), now, now).then(() => true)));
    return done ?? false;
  }

  move(name: string, to: string): Promise<boolean> {
    const [from, target] = [this.local(name), this.local(to)];
    return writing(target, async () => {
      await makeFolder(dirname(target));
      const moved = await unlessMissing(rename(from, target).then(() => true));
      if (moved) await Promise.all([syncFolder(dirname(from)), syncFolder(dirname(target))]);
      return moved ?? false;
    });
  }

  remove(name: string): Promise<void> {
    return writing(this.local(name), () => discard(this.local(name)));
  }
}
