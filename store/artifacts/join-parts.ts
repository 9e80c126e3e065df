import type { FileEntry } from "../../schemas/artifact.ts";
import { canonicalJson } from "../../schemas/canonical-json.ts";
import { CrisolError } from "../../schemas/error.ts";
import type { Json } from "../../schemas/json.ts";
import { shardFile } from "../../schemas/kinds.ts";
import type { ShardPart } from "../../schemas/record.ts";

/** Digits of a shard's number; more if there are more shards, because files are read in the order of their paths. */
const DIGITS = 5;

/**
 * Join parts of an artifact in order: shards are renumbered, counts are summed, a file that several parts have is kept once, meta is what they agree
 * on, and facts are those that all have.
 *
 * @throws CrisolError STAGE_FAILED when two parts differ in the same meta or file.
 */
export function joinParts(parts: readonly ShardPart[]): Pick<ShardPart, "facts" | "counts" | "meta" | "files"> {
  const counts: Record<string, number> = {};
  const meta = new Agreed<Json>("meta");
  const shared = new Agreed<FileEntry>("file");
  const files: { readonly file: FileEntry; readonly folder: string; readonly number: number; readonly ending: string }[] = [];
  let shards = 0;
  for (const part of parts) {
    const numbers = new Map<string, number>();
    for (const [name, count] of Object.entries(part.counts)) counts[name] = (counts[name] ?? 0) + count;
    for (const [name, value] of Object.entries(part.meta)) meta.say(name, value);
    for (const file of part.files) {
      const own = shardFile(part, file.path);
      if (own === undefined) {
        shared.say(file.path, file);
        continue;
      }
      const number = numbers.get(own.number) ?? shards++;
      numbers.set(own.number, number);
      files.push({ file, folder: own.folder, number, ending: own.ending });
    }
  }
  const digits = Math.max(DIGITS, String(shards - 1).length);
  const joined = files.map(({ file, folder, number, ending }) => ({
    ...file,
    path: `${folder}/${String(number).padStart(digits, "0")}${ending}`,
  }));
  const [first, ...others] = parts;
  const facts = first?.facts.filter((fact) => others.every((other) => other.facts.includes(fact))) ?? [];
  return { facts, counts, meta: Object.fromEntries(meta.said), files: [...joined, ...shared.said.values()] };
}

/** Collects values by name, and refuses two different values for a name. */
class Agreed<T extends Json> {
  readonly said = new Map<string, T>();
  readonly #what: string;

  constructor(what: string) {
    this.#what = what;
  }

  say(name: string, value: T): void {
    const before = this.said.get(name);
    if (before !== undefined && canonicalJson(before) !== canonicalJson(value)) throw disagreement(this.#what, name, before, value);
    this.said.set(name, value);
  }
}

function disagreement(what: string, name: string, one: Json, other: Json): CrisolError {
  return new CrisolError({
    code: "STAGE_FAILED",
    what: `shards wrote different things for ${what} ${JSON.stringify(name)}: ${JSON.stringify(one)} and ${JSON.stringify(other)}`,
    where: "the outputs of a mapped stage",
    why: "joined, they are one artifact, which can have only one value",
    fix: "let `run` write only what is the same for every shard, and write the rest in `reduce`",
  });
}
