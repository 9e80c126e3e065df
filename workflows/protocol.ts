import type { ArtifactRef } from "../schemas/artifact.ts";
import type { Digest } from "../schemas/digest.ts";
import type { Plan } from "../schemas/plan.ts";
import type { ErrorData, RunState } from "../schemas/run-state.ts";

/** What a run starts with: the plan travels once, in here. */
export interface RunInput {
  readonly runId: string;
  readonly planDigest: Digest;
  readonly plan: Plan;
  /** Prefix of the task queues: `<prefix>-cpu`, `<prefix>-gpu`. */
  readonly queue: string;
}

/** What a stage's activity is told: which node of which plan, and what it reads. */
export interface StageTask {
  readonly runId: string;
  readonly planDigest: Digest;
  readonly node: string;
  /** In port order. */
  readonly inputs: readonly ArtifactRef[];
}

/** What a stage's activity answers. */
export interface StageResult {
  readonly key: Digest;
  readonly outputs: { readonly [port: string]: ArtifactRef };
  /** A record was there already: nothing ran. */
  readonly cached: boolean;
  readonly seconds: number;
  readonly attempts: number;
  /** The report in a line. */
  readonly summary?: string;
}

/** A node that has a record whose artifacts are whole. */
export interface CachedNode {
  readonly node: string;
  readonly key: Digest;
  readonly outputs: { readonly [port: string]: ArtifactRef };
}

/** Nodes to begin with, and what was found damaged on the way. */
export interface Resolution {
  readonly cached: readonly CachedNode[];
  readonly notes: readonly { readonly node: string; readonly note: string }[];
}

/** The error of an activity as workflow code sees it. */
export interface StageError extends ErrorData {
  /** For a damaged artifact: the key that made it. */
  readonly producer?: string | null;
}

/** How to go on with a blocked run: as it was, or with a plan that has changed. */
export interface ResumeRequest {
  readonly plan?: { readonly digest: Digest; readonly plan: Plan };
}

/** The local activities of a run. */
export interface RunActivities {
  resolve(task: { readonly runId: string; readonly planDigest: Digest }): Promise<Resolution>;
  journal(entry: { readonly state: RunState }): Promise<void>;
}

/** The activity that runs any stage: its type is the stage's name. */
export type RunStage = (task: StageTask) => Promise<StageResult>;
