import { canonicalJson } from "../../schemas/canonical-json.ts";
import { Digest } from "../../schemas/digest.ts";
import { isCrisolError } from "../../schemas/error.ts";
import type { Json } from "../../schemas/json.ts";
import { isRaw } from "../../schemas/kinds.ts";
import type { Plan } from "../../schemas/plan.ts";
import { codeOf, type Ingredients } from "../../schemas/record.ts";
import type { RunState } from "../../schemas/run-state.ts";
import { blobsOfCode } from "../records/code-blobs.ts";
import type { Store } from "../store.ts";

/**
 * Collects what must not be freed: the roots (runs, heads, records) and everything that they refer to.
 *
 * What cannot be read is skipped: what it referred to is kept only if something else refers to it, and can be recreated.
 */
export class ReachableBlobs {
  readonly blobs = new Set<Digest>();
  /** The keys of records. */
  readonly keys = new Set<Digest>();
  /** The keys of shards' records. */
  readonly shards = new Set<Digest>();
  readonly #store: Store;
  /** Stage, code and parameters of every node of every plan: their records belong to a run, whatever their inputs were. */
  readonly #computations = new Set<string>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** A run's plan: its sources, its stages' code, and their records. */
  async addPlan(planDigest: Digest, plan: Plan): Promise<void> {
    this.blobs.add(planDigest);
    for (const { artifact } of Object.values(plan.sources)) await this.addArtifact(artifact.digest);
    for (const node of plan.nodes) {
      this.#computations.add(computation(node));
      await this.#addCode(node.code);
    }
  }

  /** What a run has produced so far. */
  async addState(state: RunState): Promise<void> {
    for (const { key, outputs = {} } of state.nodes) {
      if (key !== undefined) await this.addRecord(key);
      for (const { digest } of Object.values(outputs)) await this.addArtifact(digest);
    }
    for (const { digest } of Object.values(state.outputs)) await this.addArtifact(digest);
  }

  /** Every digest in a head's value: an artifact with all that it was derived from, or a blob. */
  async addValue(value: Json): Promise<void> {
    if (typeof value === "string") {
      const { data } = Digest.safeParse(value);
      if (data !== undefined) await this.addArtifact(data);
    } else if (value !== null && typeof value === "object") {
      for (const member of Object.values(value)) await this.addValue(member);
    }
  }

  /** An artifact: its files, the record of its computation, and the artifacts it was derived from. */
  async addArtifact(digest: Digest): Promise<void> {
    if (this.blobs.has(digest)) return;
    this.blobs.add(digest);
    const manifest = await this.#store.artifacts.manifest(digest).catch(passOver);
    if (manifest === undefined) return;
    if (!isRaw(manifest)) for (const { sha256 } of manifest.files) this.blobs.add(sha256);
    for (const input of manifest.inputs) await this.addArtifact(input);
    if (manifest.producer !== null) await this.addRecord(manifest.producer);
  }

  /** A record, with the code, the inputs and the outputs of its computation, and the records of the shards that it was joined from. */
  async addRecord(key: Digest): Promise<void> {
    const record = this.keys.has(key) ? undefined : await this.#store.records.get(key);
    if (record === undefined) return;
    this.keys.add(key);
    await this.#addCode(codeOf(record));
    for (const { digest } of [...record.inputs, ...Object.values(record.outputs)]) await this.addArtifact(digest);
    if (record.shards === undefined) return;
    this.blobs.add(record.shards);
    for (const shard of await this.#store.shardRecords.listed(record)) this.shards.add(shard);
  }

  /** The records of computations in a plan, whatever their inputs were. */
  async addRecordsOfPlans(): Promise<void> {
    for await (const { key, ingredients } of this.#store.records.list()) {
      if (this.#computations.has(computation(ingredients))) await this.addRecord(key);
    }
  }

  /**
   * Every record of a shard that something needs (a record that lists it, a plan that has its computation), or that is young, with its files.
   *
   * @returns the keys of the others.
   */
  async addShards(unusedSince: number): Promise<Digest[]> {
    const { shardRecords } = this.#store;
    const idle: Digest[] = [];
    for await (const key of shardRecords.keys()) {
      const record = await shardRecords.get(key);
      const isNeeded = record !== undefined && (this.shards.has(key) || this.#computations.has(computation(record.ingredients)));
      if (!isNeeded && ((await shardRecords.writtenAt(key)) ?? 0) < unusedSince) {
        idle.push(key);
        continue;
      }
      this.shards.add(key);
      if (record === undefined) continue;
      await this.#addCode(codeOf(record));
      for (const { files } of Object.values(record.outputs)) for (const { sha256 } of files) this.blobs.add(sha256);
    }
    return idle;
  }

  async #addCode(code: Digest | undefined): Promise<void> {
    if (code === undefined || this.blobs.has(code)) return;
    this.blobs.add(code);
    const bytes = await this.#store.blobs.readAll(code).catch(passOver);
    for (const blob of (bytes && blobsOfCode(bytes)) ?? []) this.blobs.add(blob);
  }
}

function computation({ stage, work, code, params }: Pick<Ingredients, "stage" | "work" | "code" | "params">): string {
  return canonicalJson({ stage, code: work ?? code ?? null, params });
}

function passOver(error: unknown): undefined {
  if (!isCrisolError(error)) throw error;
  return undefined;
}
