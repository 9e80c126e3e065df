import { Digest, digestOfJson } from "../../schemas/digest.ts";
import { isCrisolError } from "../../schemas/error.ts";
import { ShardRecord, StageRecord } from "../../schemas/record.ts";
import { fromCheckedText } from "../../system/files/checked-text.ts";
import { describeDamage } from "../damage.ts";
import { Head } from "../records/heads.ts";
import { Run } from "../runs/run.ts";
import type { Store } from "../store.ts";

/** The result of checking every object of a store. */
export interface StoreReport {
  /** Blobs, records, records of shards, heads and runs that were verified. */
  readonly objects: number;
  readonly bytes: number;
  /** Objects that are damaged, or were set aside because they were. */
  readonly problems: readonly string[];
  /** What killed processes left: half-written files in `tmp/`, and locks. They are not objects: nothing reads them. */
  readonly leftovers: { readonly temporary: number; readonly locks: number };
}

/** Check every object of a store and read all its bytes, whatever was verified before. No process may write meanwhile. */
export async function verifyStore(store: Store): Promise<StoreReport> {
  const problems: string[] = [];
  let [objects, bytes] = [0, 0];
  for (const [folder, check] of Object.entries(objectChecks)) {
    for await (const page of store.objects.list(folder)) {
      for (const name of page) {
        const found = await check(store, name);
        if (found === undefined) continue;
        objects += 1;
        if (typeof found === "string") problems.push(`${name}: ${found}`);
        else bytes += found;
      }
    }
  }
  for await (const page of store.objects.list("damaged")) {
    problems.push(...page.map((name) => `${name}: was found damaged and set aside`));
  }
  return { objects, bytes, problems, leftovers: await store.objects.leftovers() };
}

/** By folder of the store: what is wrong with an object, or its size in bytes if it is sound; undefined for one of which nothing depends. */
const objectChecks: { readonly [folder: string]: (store: Store, name: string) => Promise<string | number | undefined> } = {
  async blobs(store, name) {
    const digest = Digest.safeParse(baseOf(name));
    if (!digest.success) return "its name is not a digest";
    const damage = await store.blobs.check(digest.data, { deep: true });
    return damage === undefined ? ((await store.blobs.stat(digest.data))?.bytes ?? 0) : describeDamage(damage);
  },
  async records(store, name) {
    const { value, bytes } = await readChecked(store, name);
    const { data: record } = StageRecord.safeParse(value);
    if (record === undefined) return notWhole;
    return keyProblem(record, name) ?? ((await store.records.isSound(record)) ? bytes : "an artifact that it names is missing or damaged");
  },
  async shards(store, name) {
    const { value, bytes } = await readChecked(store, name);
    const { data: record } = ShardRecord.safeParse(value);
    if (record === undefined) return notWhole;
    const sound = (await store.shardRecords.sound(record.key)) !== undefined;
    return keyProblem(record, name) ?? (sound ? bytes : "a file that it names is missing or damaged");
  },
  async heads(store, name) {
    const { value, bytes } = await readChecked(store, name);
    return Head.safeParse(value).success ? bytes : notWhole;
  },
  async runs(store, name) {
    // damaged lines of a journal are skipped; everything else beside it can be made again
    if (!name.endsWith("/run.json")) return undefined;
    const { value, bytes } = await readChecked(store, name);
    const { data: run } = Run.safeParse(value);
    if (run === undefined) return notWhole;
    try {
      for (const { planDigest } of run.plans) await store.runs.plan(planDigest);
      return bytes;
    } catch (error) {
      if (!isCrisolError(error)) throw error;
      return error.parts.what;
    }
  },
};

const notWhole = "its contents are not what was written";

function baseOf(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1).replace(/\.json$/, "");
}

function keyProblem({ key, ingredients }: Pick<StageRecord, "key" | "ingredients">, name: string): string | undefined {
  if (key !== baseOf(name)) return `it is the record of a different key, ${key}`;
  return digestOfJson(ingredients) === key ? undefined : "its ingredients give a different key";
}

async function readChecked(store: Store, name: string): Promise<{ readonly value: unknown; readonly bytes: number }> {
  const text = (await store.objects.readText(name)) ?? "";
  return { value: fromCheckedText(text), bytes: Buffer.byteLength(text) };
}
