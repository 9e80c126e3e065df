import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { Digest } from "../../schemas/digest.ts";
import { uniqueName } from "../../system/files/durable-file.ts";
import { systemCode } from "../../system/files/file-errors.ts";
import { lineChecksum } from "../../system/files/line-checksum.ts";

/**
 * The digests of files that were hashed before: as long as its version (size, times, inode) is unchanged, so is the digest.
 *
 * A log of lines, each with a checksum, that any number of processes append to at once. A fault in it (a line torn by a kill, a flipped bit, a
 * replacement by another process) only costs hashing a file again, and never gives a wrong answer.
 */
export class StatIndex {
  readonly #path: string;
  /** Lines by the JSON text of their file's name: most are never needed, so each is parsed on demand. */
  readonly #entries = new Map<string, string>();
  #readTo = 0;
  #inode = 0n;
  #lines = 0;
  #hasFolder = false;
  #unwritten = "";

  constructor(path: string) {
    this.#path = path;
  }

  /** The digest of a file in this version, if it was hashed then. */
  find(key: string, version: string): Digest | undefined {
    return this.#match(key, version) ?? (this.#catchUp() ? this.#match(key, version) : undefined);
  }

  /** Record the digest of a file in its current version. */
  keep(key: string, version: string, digest: Digest): void {
    if (this.#match(key, version) === digest) return;
    const name = JSON.stringify(key);
    const line = toLine(name, version, digest);
    this.#entries.set(name, line);
    // digests recorded in one turn of the event loop are written together; losing them costs hashing again
    if (this.#unwritten === "") setImmediate(() => this.flush());
    this.#unwritten += written(line);
  }

  /** Write what was recorded and is not yet written. */
  flush(): void {
    if (this.#unwritten === "") return;
    ifPossible(() => {
      // without the folders above it: a store that was deleted meanwhile stays deleted
      if (!this.#hasFolder && !existsSync(dirname(this.#path))) mkdirSync(dirname(this.#path));
      this.#hasFolder = true;
      appendFileSync(this.#path, this.#unwritten);
    });
    this.#unwritten = "";
  }

  /** Forget a file. */
  drop(key: string): void {
    this.#entries.delete(JSON.stringify(key));
  }

  #match(key: string, version: string): Digest | undefined {
    const name = JSON.stringify(key);
    const line = this.#entries.get(name);
    const digest = line?.slice(-name.length - DIGEST - 1, -name.length - 1);
    // compare with the whole line, checksum included, that would be written for this file and digest
    return line !== undefined && line === toLine(name, version, digest ?? "") ? Digest.safeParse(digest).data : undefined;
  }

  /** Read what this and other processes have appended since; true when there was something. */
  #catchUp(): boolean {
    const found = ifPossible(() => statSync(this.#path, { bigint: true, throwIfNoEntry: false }));
    if (found === undefined) return false;
    if (found.ino !== this.#inode || Number(found.size) < this.#readTo) this.#readTo = 0;
    if (Number(found.size) === this.#readTo) return false;
    this.#inode = found.ino;
    const text = ifPossible(() => this.#readFrom(this.#readTo));
    if (text === undefined) return false;
    // a line that is still being appended is read next time
    const end = text.lastIndexOf(0x0a) + 1;
    this.#readTo += end;
    for (const line of text.subarray(0, end).toString("utf8").split("\n")) this.#take(line);
    if (this.#lines > 4096 && this.#lines > 4 * this.#entries.size) this.#compact();
    return end > 0;
  }

  #take(line: string): void {
    if (line === "") return;
    this.#lines += 1;
    const name = line.indexOf('"');
    if (name >= 0) this.#entries.set(line.slice(name), line);
  }

  #readFrom(offset: number): Buffer {
    const descriptor = openSync(this.#path, "r");
    try {
      const bytes = Buffer.alloc(Math.max(0, Number(fstatSync(descriptor).size) - offset));
      return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, offset));
    } finally {
      closeSync(descriptor);
    }
  }

  /** Drop lines that later ones replace; lines that others append meanwhile are lost, which costs them hashing again. */
  #compact(): void {
    const draft = `${this.#path}.${uniqueName()}`;
    ifPossible(() => {
      writeFileSync(draft, Array.from(this.#entries.values(), written).join(""));
      renameSync(draft, this.#path);
    });
    this.#lines = this.#entries.size;
    this.#readTo = 0;
  }
}

/** Read or write the index, ignoring system errors (a full disk, a folder in its place): the store must work without it. */
function ifPossible<T>(attempt: () => T): T | undefined {
  try {
    return attempt();
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return undefined;
  }
}

/** The length of a digest, in characters. */
const DIGEST = 64;

/** Checksum, version, digest and name of a file. */
function toLine(name: string, version: string, digest: string): string {
  const line = `${version} ${digest} ${name}`;
  return `${lineChecksum(line)} ${line}`;
}

/** A line as stored in the log; the line feed in front separates it from a torn line before it. */
function written(line: string): string {
  return `\n${line}\n`;
}
