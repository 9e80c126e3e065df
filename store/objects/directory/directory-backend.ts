import { type BigIntStats, type Dirent, existsSync, statSync } from "node:fs";
import { readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { discard, makeFolder, publishContents, replaceFile, syncFile, syncFolder } from "../../../system/files/durable-file.ts";
import { unlessMissing, writing } from "../../../system/files/file-errors.ts";
import { FolderChanges } from "../../../system/files/folder-changes.ts";
import { withLock } from "../../../system/processes/process-lock.ts";
import type { Backend, ByteRange, LeaseOptions, Leftovers, ObjectChanges, ObjectDraft, ObjectStat, OpenObject } from "../backend.ts";
import { DirectoryLeases } from "./directory-leases.ts";
import { FileDraft } from "./file-draft.ts";
import { appendLines } from "./line-log.ts";
import { openFile, readSmallFile, statOf } from "./open-file.ts";

/** Most names in a page of a list. */
const pageNames = 1000;

/** Objects as files below a folder; `tmp/` in it holds what is being written, and leases and locks are files beside the objects. */
export class DirectoryBackend implements Backend {
  readonly #folder: string;
  readonly #temporary: string;
  readonly #leases: DirectoryLeases;

  constructor(folder: string, temporary: string) {
    this.#folder = folder;
    this.#temporary = temporary;
    this.#leases = new DirectoryLeases(temporary);
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  create(): Promise<ObjectDraft> {
    return FileDraft.create(this.#temporary, (name) => this.#path(name));
  }

  publish(name: string, contents: string | Uint8Array): Promise<boolean> {
    return writing(this.#path(name), () => publishContents(contents, this.#path(name), this.#temporary));
  }

  async sync(name: string): Promise<void> {
    await unlessMissing(syncFile(this.#path(name)));
  }

  open(name: string, range: ByteRange = { from: 0 }): Promise<OpenObject | undefined> {
    return openFile(this.#path(name), range);
  }

  read(name: string): Promise<{ readonly stat: ObjectStat; readonly contents: Buffer } | undefined> {
    const path = this.#path(name);
    // up to this size, a detour through Node's thread pool takes longer than the read itself; and most usually don't exist yet: an error would
    // cost more than this check
    return unlessMissing(Promise.try(() => (existsSync(path) ? readSmallFile(path) : undefined)));
  }

  async readText(name: string): Promise<string | undefined> {
    return (await this.read(name))?.contents.toString("utf8");
  }

  async stat(name: string): Promise<ObjectStat | undefined> {
    const found: BigIntStats | undefined = statSync(this.#path(name), { bigint: true, throwIfNoEntry: false });
    return found && statOf(found);
  }

  async materialize(name: string): Promise<string | undefined> {
    const path = this.#path(name);
    return existsSync(path) ? path : undefined;
  }

  async *list(folder: string): AsyncGenerator<readonly string[]> {
    let page: string[] = [];
    for await (const name of filesBelow(this.#folder, folder)) {
      if (isLock(name) || page.push(name) < pageNames) continue;
      yield page;
      page = [];
    }
    if (page.length > 0) yield page;
  }

  async *folders(folder: string): AsyncGenerator<readonly string[]> {
    const names = (await entriesOf(this.#folder, folder)).filter((entry) => entry.isDirectory()).map(({ name }) => `${folder}/${name}`);
    for (let at = 0; at < names.length; at += pageNames) yield names.slice(at, at + pageNames);
  }

  compareAndSet(name: string, expect: string | undefined, next: string): Promise<boolean> {
    const path = this.#path(name);
    return writing(path, async () => {
      await makeFolder(dirname(path));
      return withLock(join(dirname(path), `.${name.split("/").at(-1)}.lock`), this.#temporary, async () => {
        if ((await this.readText(name)) !== expect) return false;
        await replaceFile(path, next, { temporary: this.#temporary });
        return true;
      });
    });
  }

  overwrite(name: string, text: string): Promise<void> {
    return writing(this.#path(name), () => replaceFile(this.#path(name), text, { temporary: this.#temporary, durable: false }));
  }

  appendLines(name: string, lines: string, options: { readonly durable: boolean }): Promise<void> {
    return writing(this.#path(name), () => appendLines(this.#path(name), lines, options));
  }

  watch(folder: string): ObjectChanges {
    return new FolderChanges(this.#path(folder));
  }

  lease(name: string, options: LeaseOptions): Promise<() => Promise<void>> {
    return this.#leases.take(this.#path(name), options);
  }

  async touch(name: string): Promise<boolean> {
    const now = new Date();
    const done = await writing(this.#path(name), () => unlessMissing(utimes(this.#path(name), now, now).then(() => true)));
    return done ?? false;
  }

  move(name: string, to: string): Promise<boolean> {
    const [from, target] = [this.#path(name), this.#path(to)];
    return writing(target, async () => {
      await makeFolder(dirname(target));
      const moved = await unlessMissing(rename(from, target).then(() => true));
      if (moved) await Promise.all([syncFolder(dirname(from)), syncFolder(dirname(target))]);
      return moved ?? false;
    });
  }

  remove(name: string): Promise<void> {
    return writing(this.#path(name), () => discard(this.#path(name)));
  }

  removeAll(folder: string): Promise<void> {
    return writing(this.#path(folder), () => rm(this.#path(folder), { recursive: true, force: true }));
  }

  async leftovers(): Promise<Leftovers> {
    const found = { temporary: 0, locks: 0 };
    for await (const name of filesBelow(this.#folder, "")) {
      if (name.startsWith("tmp/")) found.temporary += 1;
      else if (name.startsWith("claims/") || isLock(name)) found.locks += 1;
    }
    return found;
  }

  async sweep(unusedSince: number, { dryRun }: { readonly dryRun: boolean }): Promise<number> {
    let count = 0;
    for (const folder of [this.#temporary, this.#path("claims")]) {
      for (const name of (await unlessMissing(readdir(folder))) ?? []) {
        const found = await unlessMissing(stat(join(folder, name)));
        if (found === undefined || found.mtimeMs >= unusedSince) continue;
        count += 1;
        if (!dryRun) await discard(join(folder, name));
      }
    }
    return count;
  }
}

/** The names of files below a folder in order, read one folder at a time. */
async function* filesBelow(root: string, folder: string): AsyncGenerator<string> {
  for (const entry of await entriesOf(root, folder)) {
    const name = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* filesBelow(root, name);
    else if (entry.isFile()) yield name;
  }
}

/** What is right below a folder, in order of the UTF-8 bytes of names; a folder's name ends with a slash. */
async function entriesOf(root: string, folder: string): Promise<Dirent[]> {
  const found = (await unlessMissing(readdir(join(root, folder), { withFileTypes: true }))) ?? [];
  const named = found.map((entry) => ({ entry, bytes: Buffer.from(entry.isDirectory() ? `${entry.name}/` : entry.name) }));
  return named.sort((a, b) => Buffer.compare(a.bytes, b.bytes)).map(({ entry }) => entry);
}

/** Whether a file is a lock of the object beside it, or the right to break one. */
function isLock(name: string): boolean {
  return /(^|\/)\.[^/]+\.lock[^/]*$/.test(name);
}
