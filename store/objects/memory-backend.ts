import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Backend, ByteRange, LeaseOptions, Leftovers, ObjectChanges, ObjectDraft, ObjectStat, OpenObject } from "./backend.ts";

/** Most names in a page of a list: few, so that tests see several pages. */
const pageNames = 3;

interface MemoryObject {
  readonly bytes: Buffer;
  readonly modified: number;
  readonly version: string;
}

interface Lease {
  readonly what: string;
  readonly ended: Promise<void>;
}

/** Objects in this process's memory, gone with it: for tests, which see with it whether code keeps to the port. */
export class MemoryBackend implements Backend {
  readonly #objects = new Map<string, MemoryObject>();
  readonly #leases = new Map<string, Lease>();
  readonly #watchers = new Set<{ readonly folder: string; readonly changed: () => void }>();
  #versions = 0;
  #files: Promise<string> | undefined;
  /** Bytes of objects that were read so far. */
  bytesRead = 0;

  async create(): Promise<ObjectDraft> {
    const chunks: Buffer[] = [];
    return {
      write: async (chunk) => void chunks.push(Buffer.from(chunk)),
      publish: (name) => this.publish(name, Buffer.concat(chunks)),
      discard: async () => void chunks.splice(0),
    };
  }

  async publish(name: string, contents: string | Uint8Array): Promise<boolean> {
    if (this.#objects.has(name)) return false;
    this.#set(name, Buffer.from(contents));
    return true;
  }

  async sync(): Promise<void> {}

  async open(name: string, range: ByteRange = { from: 0 }): Promise<OpenObject | undefined> {
    const object = this.#objects.get(name);
    if (object === undefined) return undefined;
    const bytes = object.bytes.subarray(range.from, range.to);
    return { stat: statOf(object), chunks: () => this.#chunks(bytes), close: async () => undefined };
  }

  async read(name: string): Promise<{ readonly stat: ObjectStat; readonly contents: Buffer } | undefined> {
    const object = this.#objects.get(name);
    this.bytesRead += object?.bytes.byteLength ?? 0;
    return object && { stat: statOf(object), contents: Buffer.from(object.bytes) };
  }

  async readText(name: string): Promise<string | undefined> {
    return (await this.read(name))?.contents.toString("utf8");
  }

  async stat(name: string): Promise<ObjectStat | undefined> {
    const object = this.#objects.get(name);
    return object && statOf(object);
  }

  async materialize(name: string): Promise<string | undefined> {
    const object = this.#objects.get(name);
    if (object === undefined) return undefined;
    this.#files ??= mkdtemp(join(tmpdir(), "crisol-memory-"));
    const path = join(await this.#files, `${object.version}-${name.replaceAll("/", "-")}`);
    await writeFile(path, object.bytes, { mode: 0o444, flag: "wx" }).catch((error) => (isTaken(error) ? undefined : Promise.reject(error)));
    return path;
  }

  async *list(folder: string): AsyncGenerator<readonly string[]> {
    yield* inPages([...this.#objects.keys()].filter((name) => name.startsWith(`${folder}/`)));
  }

  async *folders(folder: string): AsyncGenerator<readonly string[]> {
    const below = [...this.#objects.keys()].filter((name) => name.startsWith(`${folder}/`));
    const names = below.map((name) => name.slice(folder.length + 1).split("/")).filter(({ length }) => length > 1);
    yield* inPages([...new Set(names.map(([first]) => `${folder}/${first}`))], "/");
  }

  async compareAndSet(name: string, expect: string | undefined, next: string): Promise<boolean> {
    if (this.#objects.get(name)?.bytes.toString("utf8") !== expect) return false;
    this.#set(name, Buffer.from(next));
    return true;
  }

  async overwrite(name: string, text: string): Promise<void> {
    this.#set(name, Buffer.from(text));
  }

  async appendLines(name: string, lines: string): Promise<void> {
    const before = this.#objects.get(name)?.bytes ?? Buffer.alloc(0);
    this.#set(name, Buffer.concat([before, Buffer.from(lines)]));
  }

  watch(folder: string): ObjectChanges {
    let wake: () => void = () => undefined;
    let hasChanged = false;
    const watcher = {
      folder,
      changed: () => {
        hasChanged = true;
        wake();
      },
    };
    this.#watchers.add(watcher);
    return {
      next: async (limitMs, signal) => {
        if (!hasChanged && !signal.aborted) {
          await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, limitMs);
            wake = () => {
              clearTimeout(timer);
              resolve();
            };
            signal.addEventListener("abort", wake, { once: true });
          });
        }
        hasChanged = false;
      },
      close: () => void this.#watchers.delete(watcher),
    };
  }

  async lease(name: string, { what, signal, waits }: LeaseOptions): Promise<() => Promise<void>> {
    for (let reported = false; ; reported = true) {
      const held = this.#leases.get(name);
      if (held === undefined) break;
      if (!reported) waits?.(held.what);
      await Promise.race([held.ended, aborted(signal)]);
    }
    signal.throwIfAborted();
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    this.#leases.set(name, { what, ended });
    return async () => {
      this.#leases.delete(name);
      resolve();
    };
  }

  async touch(name: string): Promise<boolean> {
    const object = this.#objects.get(name);
    if (object !== undefined) this.#set(name, object.bytes);
    return object !== undefined;
  }

  async move(name: string, to: string): Promise<boolean> {
    const object = this.#objects.get(name);
    if (object === undefined) return false;
    this.#objects.delete(name);
    this.#objects.set(to, object);
    return true;
  }

  async remove(name: string): Promise<void> {
    this.#objects.delete(name);
  }

  async removeAll(folder: string): Promise<void> {
    for (const name of this.#objects.keys()) if (name.startsWith(`${folder}/`)) this.#objects.delete(name);
  }

  async leftovers(): Promise<Leftovers> {
    return { temporary: 0, locks: this.#leases.size };
  }

  async sweep(): Promise<number> {
    return 0;
  }

  #set(name: string, bytes: Buffer): void {
    this.#versions += 1;
    this.#objects.set(name, { bytes, modified: Date.now(), version: String(this.#versions) });
    const folder = name.slice(0, name.lastIndexOf("/"));
    for (const watcher of this.#watchers) if (watcher.folder === folder) watcher.changed();
  }

  async *#chunks(bytes: Buffer): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.byteLength; at += 1 << 16) {
      const chunk = Buffer.from(bytes.subarray(at, at + (1 << 16)));
      this.bytesRead += chunk.byteLength;
      yield chunk;
    }
  }
}

function statOf({ bytes, modified, version }: MemoryObject): ObjectStat {
  return { bytes: bytes.byteLength, modified, version };
}

/** @param end what counts as the end of each name when they are compared */
function* inPages(names: string[], end = ""): Generator<readonly string[]> {
  names.sort((a, b) => Buffer.compare(Buffer.from(a + end), Buffer.from(b + end)));
  for (let at = 0; at < names.length; at += pageNames) yield names.slice(at, at + pageNames);
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EEXIST";
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
