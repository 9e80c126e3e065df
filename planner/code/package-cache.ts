import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { Digest, digestOf } from "../../schemas/digest.ts";
import type { FileStamps } from "./file-stamp.ts";

const Entry = z.object({
  code: Digest,
  work: Digest,
  blobs: z.array(Digest),
  map: Digest,
  stamp: Digest,
  inputs: z.array(z.int().nonnegative()),
});

/** File names are kept once, because many stages share them. */
const CacheFile = z.object({ version: z.literal(2), files: z.array(z.string()), entries: z.record(z.string(), Entry) });

/** What is known of a stage's package: its digest and that of what it means, those of the blobs that it names, and that of its code map. */
export interface CachedPackage {
  readonly code: Digest;
  readonly work: Digest;
  readonly blobs: readonly Digest[];
  readonly map: Digest;
}

interface CacheEntry extends CachedPackage {
  /** Digest over the stamps of the inputs. */
  readonly stamp: Digest;
  readonly inputs: readonly string[];
}

/**
 * Remembers which package a stage's files gave, so that an unchanged stage is not bundled again.
 *
 * Losing or damaging the file costs time only.
 */
export class PackageCache {
  readonly #path: string;
  readonly #entries: Map<string, CacheEntry>;
  #changed = false;

  private constructor(path: string, entries: Map<string, CacheEntry>) {
    this.#path = path;
    this.#entries = entries;
  }

  static open(path: string): PackageCache {
    return new PackageCache(path, readEntries(path));
  }

  /** The package of a stage, if none of the files behind it has changed. */
  get(key: Digest, stamps: FileStamps): CachedPackage | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && stampOf(entry.inputs, stamps) === entry.stamp ? entry : undefined;
  }

  set(key: Digest, found: CachedPackage, inputs: readonly string[], stamps: FileStamps): void {
    this.#entries.set(key, { ...found, stamp: stampOf(inputs, stamps), inputs });
    this.#changed = true;
  }

  /** Write what was learned, in one step or not at all. */
  save(): void {
    if (!this.#changed) return;
    const numbers = new Map<string, number>();
    const numberOf = (file: string): number => {
      const number = numbers.get(file) ?? numbers.size;
      numbers.set(file, number);
      return number;
    };
    const entries = [...this.#entries].map(([key, entry]) => [key, { ...entry, inputs: entry.inputs.map(numberOf) }]);
    const file = { version: 2, entries: Object.fromEntries(entries), files: [...numbers.keys()] };
    mkdirSync(dirname(this.#path), { recursive: true });
    const draft = `${this.#path}.${randomUUID()}`;
    writeFileSync(draft, JSON.stringify(file));
    renameSync(draft, this.#path);
    this.#changed = false;
  }
}

function readEntries(path: string): Map<string, CacheEntry> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return new Map();
  }
  try {
    const { files, entries } = CacheFile.parse(JSON.parse(text));
    const named = Object.entries(entries).map(([key, entry]) => {
      const inputs = entry.inputs.map((number) => {
        const file = files[number];
        if (file === undefined) throw new RangeError(`no file ${number}`);
        return file;
      });
      return [key, { ...entry, inputs }] as const;
    });
    return new Map(named);
  } catch {
    return new Map();
  }
}

function stampOf(inputs: readonly string[], stamps: FileStamps): Digest {
  return digestOf(inputs.map((path) => `${path}\0${stamps.of(path)}`).join("\n"));
}
