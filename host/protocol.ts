/** What worker and host say to each other over the child process's channel. Both ends are of one version: types alone hold it. */
import type { ArtifactRef, Manifest } from "../schemas/artifact.ts";
import type { Digest } from "../schemas/digest.ts";
import type { ErrorParts } from "../schemas/error.ts";
import type { LogLevel, Progress } from "../schemas/event.ts";
import type { PlanNode } from "../schemas/plan.ts";
import type { Ingredients, StageReport } from "../schemas/record.ts";

/** One attempt of one node, with all that the host needs to know. */
export interface Job {
  readonly node: PlanNode;
  readonly key: Digest;
  /** What goes on record beside what it makes. */
  readonly record: { readonly ingredients: Ingredients; readonly pipeline: string; readonly run: string };
  /** In port order. */
  readonly inputs: readonly ArtifactRef[];
  /** The folder that raw files' paths are relative to. */
  readonly project: string;
  /** The store's folder. */
  readonly store: string;
  /** An empty folder of this attempt's own. */
  readonly scratch: string;
  /** Of a mapped node. @default all of a node that is not */
  readonly part?: JobPart;
}

/** What of a mapped node is to be done: one shard of the input of a port, or the joining of what its shards (a blob with their keys) gave. */
export type JobPart =
  | { readonly type: "shard"; readonly port: string; readonly manifest: Manifest }
  | { readonly type: "join"; readonly shards: Digest /** Seconds that they took. */; readonly spent: number };

export type ToHost = { readonly type: "run"; readonly job: Job } | { readonly type: "abort" };

export type FromHost =
  | { readonly type: "ready" }
  | { readonly type: "progress"; readonly progress: Progress }
  | { readonly type: "log"; readonly level: LogLevel; readonly message: string }
  | { readonly type: "checkpoint"; readonly step: number }
  | { readonly type: "done"; readonly outcome: JobOutcome }
  | { readonly type: "failed"; readonly error: ErrorParts; readonly stack: string };

/** What a job made: on record by now, its artifacts committed (none for a shard, whose parts become one when all are joined). */
export interface JobOutcome {
  readonly outputs: { readonly [port: string]: ArtifactRef };
  readonly report: StageReport;
  readonly seconds: number;
}
