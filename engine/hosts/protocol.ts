/** The messages between worker and host, over the child process's channel. Both ends are of one version, so types suffice. */
import type { ArtifactRef, Manifest } from "../../schemas/artifact.ts";
import type { Digest } from "../../schemas/digest.ts";
import type { ErrorParts } from "../../schemas/error.ts";
import type { LogLevel, Progress } from "../../schemas/event.ts";
import type { PlanNode } from "../../schemas/plan.ts";
import type { Ingredients, StageReport } from "../../schemas/record.ts";
import type { StoreLocation } from "../../schemas/store-location.ts";

/** One attempt at one node, with everything the host needs to know. */
export interface Job {
  readonly node: PlanNode;
  readonly key: Digest;
  /** What goes on record beside its outputs. */
  readonly record: { readonly ingredients: Ingredients; readonly pipeline: string; readonly run: string };
  /** In port order. */
  readonly inputs: readonly ArtifactRef[];
  /** The folder that raw files' paths are relative to. */
  readonly project: string;
  readonly store: StoreLocation;
  /** The folder called "crisol-code" on this machine from which code packages are loaded. */
  readonly codeFolder: string;
  /** This attempt's own folder, empty at first. */
  readonly scratch: string;
  /** For a mapped node. @default the whole node */
  readonly part?: JobPart;
}

/** The part of a mapped node to do: one shard of a port's input, or joining what the shards produced (`shards`: a blob with their keys). */
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

/** The outcome of a job: already on record, its artifacts committed (none for a shard, whose parts are joined once all are done). */
export interface JobOutcome {
  readonly outputs: { readonly [port: string]: ArtifactRef };
  readonly report: StageReport;
  readonly seconds: number;
}
