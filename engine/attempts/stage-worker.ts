import type { ArtifactRef } from "../../schemas/artifact.ts";
import type { Digest } from "../../schemas/digest.ts";
import type { Plan, PlanNode } from "../../schemas/plan.ts";
import type { Ingredients } from "../../schemas/record.ts";
import type { Store } from "../../store/store.ts";
import type { Release } from "../../workflows/protocol.ts";
import type { HostPool } from "../hosts/host-pool.ts";
import type { AttemptsBegun } from "./attempts-begun.ts";
import type { NodeOutputs } from "./node-outputs.ts";
import type { OpenAttempts } from "./open-attempts.ts";
import type { PlanCache } from "./plan-cache.ts";
import type { StageJournal } from "./stage-journal.ts";

/** What the activity of stages needs of its worker. */
export interface StageWorker {
  readonly store: Store;
  readonly scratchFolder: string;
  /** The folder called "crisol-code" from which hosts load code packages. */
  readonly codeFolder: string;
  readonly hosts: HostPool;
  readonly plans: PlanCache;
  readonly outputs: NodeOutputs;
  readonly attemptsBegun: AttemptsBegun;
  readonly openAttempts: OpenAttempts;
  /** Report to a run that a batch will not run some of its nodes. */
  release(runId: string, release: Release): Promise<void>;
}

/** The run that an activity works for. */
export interface RunPlace {
  readonly runId: string;
  readonly plan: Plan;
  readonly planDigest: Digest;
  readonly epoch: string;
  /** The folder with the user's files. */
  readonly project: string;
}

/** One attempt at a node, or at shards of it. */
export interface Attempt {
  readonly run: RunPlace;
  readonly node: PlanNode;
  readonly inputs: readonly ArtifactRef[];
  readonly ingredients: Ingredients;
  readonly key: Digest;
  readonly number: number;
  /** How many attempts had begun before it. */
  readonly before: number;
  /** When it began, by `performance.now()`. */
  readonly sinceMs: number;
  readonly journal: StageJournal;
  /** Aborts when the run is cancelled or paused, or the worker shuts down. */
  readonly signal: AbortSignal;
}
