import type { FileEntry } from "../schemas/artifact.ts";
import { canonicalJson } from "../schemas/canonical-json.ts";
import { CrisolError } from "../schemas/error.ts";
import type { Json } from "../schemas/json.ts";
import type { ShardPart } from "../schemas/record.ts";

/** A shard's file: folder, number, and what follows ("documents/", "00012", ".jsonl.zst"). */
const numbered = /^(documents\/|tokens\/)(\d{5,})(\..+)$/;

/**
 * Put parts of an artifact together, in their order: shards get running numbers, counts are summed, a file that several have is there once, meta is
 * what they agree on, and facts are those that all have.
 *
 * @throws CrisolError STAGE_FAILED when two say different things of the same meta or file.
 */
export function joinParts(parts: readonly ShardPart[]): Pick<ShardPart, "facts" | "counts" | "meta" | "files"> {
  const counts: Record<string, number> = {};
  const meta = new Agreed<Json>("meta");
  const shared = new Agreed<FileEntry>("file");
  const files: FileEntry[] = [];
  let shards = 0;
  for (const part of parts) {
    const numbers = new Map<string, string>();
    for (const [name, count] of Object.entries(part.counts)) counts[name] = (counts[name] ?? 0) + count;
    for (const [name, value] of Object.entries(part.meta)) meta.say(name, value);
    for (const file of part.files) {
      const [, folder, number, ending] = numbered.exec(file.path) ?? [];
      if (folder === undefined || number === undefined) {
        shared.say(file.path, file);
        continue;
      }
      const running = numbers.get(number) ?? String(shards++).padStart(5, "0");
      numbers.set(number, running);
      files.push({ ...file, path: `${folder}${running}${ending}` });
    }
  }
  const [first, ...others] = parts;
  const facts = first?.facts.filter((fact) => others.every((other) => other.facts.includes(fact))) ?? [];
  return { facts, counts, meta: Object.fromEntries(meta.said), files: [...files, ...shared.said.values()] };
}

/** What all parts that say something of a name must say alike. */
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
    why: "joined, they are one artifact, which can say one thing only",
    fix: "let `run` write what holds for every shard alike, and write what differs in `reduce`",
  });
}
