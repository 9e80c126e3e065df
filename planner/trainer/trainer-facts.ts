import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { z } from "zod";
import { Digest, digestOf, digestOfJson } from "../../schemas/digest.ts";
import { jsonOrUndefined } from "../../schemas/json-text.ts";
import type { TrainerEntry } from "../../schemas/trainer/entries.ts";
import { FileStamps } from "../code/file-stamp.ts";
import { trainerDigest } from "./trainer-files.ts";

const Cache = z.object({ version: z.literal(1), of: Digest, entries: z.record(z.string(), Digest) });

/**
 * The digests of entries of the trainer, of these at least.
 *
 * Reading Python takes half a second or more, so it is done once for the same files; losing or damaging the cache costs time only.
 *
 * @param folder the trainer's.
 * @param cache the file that remembers the digests.
 * @throws CrisolError ENVIRONMENT for an import that no locked package has.
 */
export async function trainerFacts(
  folder: string,
  entries: readonly TrainerEntry[],
  cache: string,
): Promise<{ readonly [entry: string]: Digest }> {
  const of = digestOfJson([trainerDigest(folder), digestOf(readFileSync(join(folder, "requirements.graph.json"))), readersStamp()]);
  const known = readCache(cache, of);
  const unknown = entries.filter((entry) => known[entry] === undefined);
  if (unknown.length === 0) return known;
  const { trainerEntryDigests } = await import("./trainer-entry-digests.ts");
  const found = { ...known, ...Object.fromEntries(trainerEntryDigests(folder, unknown)) };
  writeCache(cache, { version: 1, of, entries: found });
  return found;
}

/** What changes whenever the code that reads Python does. */
function readersStamp(): Digest {
  const stamps = new FileStamps();
  const here = import.meta.dirname;
  const own = readdirSync(here).filter((name) => name.startsWith("trainer-"));
  const paths = [...own.sort().map((name) => join(here, name)), createRequire(import.meta.url).resolve("@lezer/python")];
  return digestOf(paths.map((path) => stamps.of(path)).join("\n"));
}

function readCache(path: string, of: Digest): { readonly [entry: string]: Digest } {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return {};
  }
  const cache = Cache.safeParse(jsonOrUndefined(text));
  return cache.success && cache.data.of === of ? cache.data.entries : {};
}

function writeCache(path: string, cache: z.output<typeof Cache>): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, JSON.stringify(cache));
  renameSync(draft, path);
}
