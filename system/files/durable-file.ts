import { randomBytes } from "node:crypto";
import { closeSync, existsSync, fsyncSync, linkSync, openSync, unlinkSync, writeFileSync } from "node:fs";
import { type FileHandle, mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { systemCode, unlessMissing } from "./file-errors.ts";

/** A name that no other process or attempt uses: the process id, so that people can see whose it is, and 8 random bytes. */
export function uniqueName(): string {
  return `${process.pid}-${randomBytes(8).toString("hex")}`;
}

/** Make what is in a folder (names, not contents) survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  sync(folder);
}

/** Make a folder and those above it, each durable in the one above. Node's recursive mkdir reports a read-only disk as a missing folder. */
export async function makeFolder(folder: string): Promise<void> {
  const above = dirname(folder);
  try {
    await mkdir(folder);
  } catch (error) {
    if (systemCode(error) === "EEXIST") return;
    if (systemCode(error) !== "ENOENT" || above === folder) throw error;
    await makeFolder(above);
    return makeFolder(folder);
  }
  await syncFolder(above);
}

/** Write a new file whole and fsync it; the mode is as given, read-only for what never changes. */
export async function writeWhole(path: string, contents: string | Uint8Array, mode: number): Promise<void> {
  // many small files: the calls themselves cost less than passing each to another thread
  const file = openSync(path, "wx", mode);
  try {
    writeFileSync(file, contents);
    fsyncSync(file);
  } catch (error) {
    await discard(path);
    throw error;
  } finally {
    closeSync(file);
  }
}

/** Give a complete, fsynced file a name unless it is taken; the old name goes away only if the new one was given. */
export async function publishNew(file: string, path: string): Promise<boolean> {
  if (!(await giveName(file, path))) return false;
  await syncFolder(dirname(path));
  return true;
}

/**
 * Give contents a name unless it is taken, read-only; they survive a power cut once this returns.
 *
 * Naming first and syncing then is one write for the file system; the other order takes two. The price: after a power cut in between, what is
 * under the name may be torn, and its readers must be able to tell.
 */
export async function publishContents(contents: string | Uint8Array, path: string, temporary: string): Promise<boolean> {
  const draft = join(temporary, uniqueName());
  const file = openSync(draft, "wx", 0o444);
  try {
    writeFileSync(file, contents);
    if (!(await giveName(draft, path))) return false;
    try {
      fsyncSync(file);
    } catch (error) {
      await discard(path);
      throw error;
    }
    await syncFolder(dirname(path));
    return true;
  } finally {
    closeSync(file);
    await discard(draft);
  }
}

/** Make an existing file and its name survive a power cut, whichever process wrote it. */
export async function syncFile(path: string): Promise<void> {
  sync(path);
  sync(dirname(path));
}

function sync(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Give a file another name instead of its own, unless that is taken. */
async function giveName(file: string, path: string): Promise<boolean> {
  try {
    linkSync(file, path);
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    // a draft that was deleted gets no name, however often this is retried
    if (systemCode(error) !== "ENOENT" || !existsSync(file)) throw error;
    await makeFolder(dirname(path));
    return giveName(file, path);
  }
  unlinkSync(file);
  return true;
}

/**
 * Replace a file by new contents, at once: a reader sees the old or the new, never a part.
 *
 * @param options.temporary a folder of the same file system, for drafts
 * @param options.durable wait for the disk; otherwise the file may be the old one after a power cut, or torn. @default true
 */
export async function replaceFile(
  path: string,
  contents: string,
  { temporary, durable = true }: { readonly temporary: string; readonly durable?: boolean },
): Promise<void> {
  const draft = join(temporary, uniqueName());
  try {
    await (durable ? writeWhole(draft, contents, 0o644) : writeFile(draft, contents, { flag: "wx" }));
    await makeFolder(dirname(path));
    await rename(draft, path);
  } catch (error) {
    await discard(draft);
    throw error;
  }
  if (durable) await syncFolder(dirname(path));
}

/** Delete a file if it exists. */
export async function discard(path: string): Promise<void> {
  if (existsSync(path)) await unlessMissing(Promise.try(unlinkSync, path));
}

/** The chunks of an open file, each in its own memory. */
export async function* chunksOf(handle: FileHandle, chunkBytes: number): AsyncGenerator<Uint8Array> {
  for (;;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}
