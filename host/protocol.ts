/** What worker and host say to each other over the child process's channel. Both ends are of one version: types alone hold it. */
import type { ArtifactRef } from "../schemas/artifact.ts";
import type { Digest } from "../schemas/digest.ts";
import type { ErrorParts } from "../schemas/error.ts";
import type { LogLevel, Progress } from "../schemas/event.ts";
import type { PlanNode } from "../schemas/plan.ts";
import type { StageReport } from "../schemas/record.ts";

/** One attempt of one node, with all that the host needs to know. */
export interface Job {
  readonly node: PlanNode;
  readonly key: Digest;
  /** In port order. */
  readonly inputs: readonly ArtifactRef[];
  /** The folder that raw files' paths are relative to. */
  readonly project: string;
  /** The store's folder. */
  readonly store: string;
  /** An empty folder of this attempt's own. */
  readonly scratch: string;
}

export type ToHost = { readonly type: "run"; readonly job: Job } | { readonly type: "abort" };

export type FromHost =
  | { readonly type: "ready" }
  | { readonly type: "progress"; readonly progress: Progress }
  | { readonly type: "log"; readonly level: LogLevel; readonly message: string }
  | { readonly type: "checkpoint"; readonly step: number }
  | { readonly type: "done"; readonly outcome: JobOutcome }
  | { readonly type: "failed"; readonly error: ErrorParts; readonly stack: string };

/** What a job made: committed artifacts, not yet on record. */
export interface JobOutcome {
  readonly outputs: { readonly [port: string]: ArtifactRef };
  readonly report: StageReport;
  readonly seconds: number;
}
