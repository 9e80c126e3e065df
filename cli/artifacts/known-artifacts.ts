import type { ArtifactRef } from "../../schemas/artifact.ts";
import type { Digest } from "../../schemas/digest.ts";
import { isCrisolError } from "../../schemas/error.ts";
import type { StageRecord } from "../../schemas/record.ts";
import type { RunState } from "../../schemas/run-state.ts";
import type { Run } from "../../store/runs/run.ts";
import type { RunSummary } from "../../store/runs/run-summary.ts";
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
  const plans = new Set<Digest>();
  for await (const run of store.runs.list()) for (const { planDigest } of run.plans) plans.add(planDigest);
  for (const planDigest of plans) {
    for (const ref of await sourcesOf(store, planDigest)) known.set(ref.digest, { ref, output: undefined, record: undefined });
  }
  const records = (await Array.fromAsync(store.records.list())).sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
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

/** The latest completed run of each pipeline that has one, by its name. */
export async function latestCompletedRuns(store: Store): Promise<Map<string, RunSummary>> {
  const latest = new Map<string, RunSummary>();
  for await (const summary of store.runs.summaries()) {
    const known = latest.get(summary.pipeline);
    if (summary.status !== "completed" || (known !== undefined && summary.startedAt < known.startedAt)) continue;
    latest.set(summary.pipeline, summary);
  }
  return latest;
}

/** The latest completed run of a pipeline; undefined if there is none. */
export async function latestCompleted(store: Store, pipeline: string): Promise<{ run: Run; state: RunState } | undefined> {
  const latest = (await latestCompletedRuns(store)).get(pipeline);
  const run = latest && (await store.runs.find(latest.runId));
  return run && { run, state: await store.runs.state(run.runId) };
}

/** The pipelines of which the home has runs, in order of their first one's id. */
export async function pipelinesRun(store: Store): Promise<string[]> {
  const names = new Set<string>();
  for await (const { pipeline } of store.runs.list()) names.add(pipeline);
  return [...names];
}
