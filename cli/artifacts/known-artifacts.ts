import type { ArtifactRef } from "../../schemas/artifact.ts";
import type { Digest } from "../../schemas/digest.ts";
import { isCrisolError } from "../../schemas/error.ts";
import type { StageRecord } from "../../schemas/record.ts";
import type { RunState } from "../../schemas/run-state.ts";
import type { Run } from "../../store/runs/runs.ts";
import type { Store } from "../../store/store.ts";

/** An artifact that a record, or a run's plan, names. */
export interface KnownArtifact {
  readonly ref: ArtifactRef;
  /** Which output of its computation it is; undefined for raw files. */
  readonly output: string | undefined;
  /** Undefined for raw files. */
  readonly record: StageRecord | undefined;
}

/** Every artifact that a record or a plan names, the oldest first; not checked for existence or damage. */
export async function knownArtifacts(store: Store): Promise<Map<Digest, KnownArtifact>> {
  const known = new Map<Digest, KnownArtifact>();
  for (const planDigest of new Set((await store.runs.list()).flatMap(({ plans }) => plans.map((plan) => plan.planDigest)))) {
    for (const ref of await sourcesOf(store, planDigest)) known.set(ref.digest, { ref, output: undefined, record: undefined });
  }
  const records = (await store.records.list()).sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  for (const record of records) {
    for (const [output, ref] of Object.entries(record.outputs)) known.set(ref.digest, { ref, output, record });
  }
  return known;
}

/** The producer of an artifact, as pipelines write it: "dedup"; "split.train" if a stage has several outputs. */
export function producerOf({ node, outputs }: StageRecord, artifact: Digest): string {
  const output = Object.keys(outputs).length > 1 ? Object.entries(outputs).find(([, { digest }]) => digest === artifact)?.[0] : undefined;
  return output === undefined ? node : `${node}.${output}`;
}

/** The sources of a plan; none for a damaged plan, whose other artifacts are found through records. */
async function sourcesOf(store: Store, planDigest: Digest): Promise<ArtifactRef[]> {
  try {
    return Object.values((await store.runs.plan(planDigest)).sources).map(({ artifact }) => artifact);
  } catch (error) {
    if (!isCrisolError(error)) throw error;
    return [];
  }
}

/** The latest completed run of a pipeline; undefined if there is none. */
export async function latestCompleted(store: Store, pipeline: string): Promise<{ run: Run; state: RunState } | undefined> {
  for (const run of (await store.runs.list()).reverse()) {
    if (run.pipeline !== pipeline) continue;
    const state = await store.runs.state(run.runId);
    if (state.status === "completed") return { run, state };
  }
  return undefined;
}
