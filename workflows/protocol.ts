import type { Digest } from "../schemas/digest.ts";
import type { Plan } from "../schemas/plan.ts";
import type { ErrorData, RunStatus } from "../schemas/run-state.ts";
import type { Queue } from "./queue-of.ts";

/**
 * Seconds that a worker gets for a workflow task, before another is asked: as long as a run stands still when its worker dies in the middle of one.
 *
 * It takes milliseconds; one that waits for a look at the store asks for more time by itself.
 */
export const WORKFLOW_TASK_SECONDS = 4;

/** What a run starts with: the plan travels once, in here. */
export interface RunInput {
  readonly runId: string;
  readonly planDigest: Digest;
  readonly plan: Plan;
  /** Prefix of the task queues: `<prefix>-cpu`, `<prefix>-gpu`. */
  readonly queue: string;
  /** What is carried over into a new history, when the one before has grown long. */
  readonly carried?: CarriedOn;
  /** Events after which a history is continued in a new one. @default 2000 */
  readonly longestHistory?: number;
}

/** The workflow of a run. */
export type RunPlan = (input: RunInput) => Promise<RunStatus>;

/** What a run that continues in a new history cannot read from the store. */
export interface CarriedOn {
  readonly paused: boolean;
  /** Nodes that failed for good and wait for a resume. */
  readonly failed: readonly string[];
  /** How often each node was run again because its artifact was damaged. */
  readonly repairs: readonly (readonly [node: string, times: number])[];
}

/** The task of a stage's activity: nodes of a plan, in the order to run them. Their inputs follow from the records. */
export interface BatchTask {
  readonly runId: string;
  readonly planDigest: Digest;
  /** Names a state of knowledge about the nodes' outputs: under another epoch, they have to be looked up again. */
  readonly epoch: string;
  /** Number of the batch in its run, for what it gives back while it works. */
  readonly batch: number;
  readonly nodes: readonly string[];
}

/** A node that a batch has run, or found on record. */
export interface MadeNode {
  readonly node: string;
  /** A few characters that differ when its outputs do. */
  readonly content: string;
  /** It took longer than a batch is meant to: others of its stage get activities of their own. */
  readonly slow?: true;
}

/** What a stage's activity answers. Nodes of its task that are in none of these were not begun, and go into another batch. */
export interface BatchResult {
  readonly made: readonly MadeNode[];
  readonly failed?: { readonly node: string; readonly error: StageError };
  /** A mapped node with more shards than one activity is meant to run. */
  readonly fanOut?: FanOut;
}

/** Shards of a mapped node that are still to be run, from a number on; those before are done, or failed. */
export interface FanOut extends ShardRangeResult {
  readonly node: string;
  readonly from: number;
  readonly shards: number;
  /** Seconds that a shard took so far, on average. */
  readonly seconds: number;
}

/** What a batch that a long stage holds up gives back for others to run, and the nodes that it has completed by then, whose outputs these may need. */
export interface Release {
  readonly batch: number;
  readonly nodes: readonly string[];
  readonly made: readonly MadeNode[];
}

/** A range of a mapped node's shards, for one activity. */
export interface ShardsTask extends ShardRange {
  readonly runId: string;
  readonly planDigest: Digest;
  readonly epoch: string;
  readonly node: string;
  /** Seconds of its own work, not counting those that it waits for a host, after which it ends. */
  readonly takes: number;
}

/** How far an activity of shards got in the time it is meant to take. */
export interface ShardsResult extends ShardRangeResult {
  /** The first that it did not try. */
  readonly next: number;
  /** Shards that it ran, and the seconds that this took: not those that it found on record. */
  readonly ran: number;
  readonly took: number;
}

/** Shards from a number to another, exclusive. */
export interface ShardRange {
  readonly from: number;
  readonly to: number;
}

/** What the workflow of some of a mapped node's shards starts with; also when it goes on in a new history, with what it knows of failures. */
export interface RunShardsInput extends Omit<ShardsTask, "from" | "to" | "takes">, ShardRangeResult {
  readonly stage: string;
  /** Prefix of the task queues. */
  readonly queue: string;
  readonly resource: Queue;
  /** Seconds that a shard is expected to take. */
  readonly seconds: number;
  /** Shards that are still to be run. */
  readonly left: readonly ShardRange[];
  /** Activities under way at once, at most. @default 250 */
  readonly atOnce?: number;
  /** Events after which a history is continued in a new one. @default 2000 */
  readonly longestHistory?: number;
}

/** How shards ended: how many have no record, and the first failure. */
export interface ShardRangeResult {
  readonly failed: number;
  readonly error?: StageError;
}

/** What a run begins with. */
export interface Resolution {
  /** A character for each node of the plan: "1" for those that have a record whose artifacts are whole. */
  readonly made: string;
  /** Stages that run at once where the run's queues are polled. */
  readonly slots: Readonly<Record<Queue, number>>;
}

/** The error of an activity as workflow code sees it. */
export interface StageError extends ErrorData {
  /** For a damaged artifact: the node that made it. */
  readonly producer?: string;
}

/** How to continue a blocked or paused run: as it was, or with a plan that has changed. */
export interface ResumeRequest {
  readonly plan?: Amendment;
}

/** A plan for a run to continue with in place of the one that it has. */
export interface Amendment {
  readonly digest: Digest;
  readonly plan: Plan;
}

/** How to pause: once what runs is done, or at once, by letting it save its state. */
export interface PauseRequest {
  readonly when: "now" | "after-stages";
}

/** How a run stands, as its workflow reports it: a status for each node, in the order of the plan. */
export interface RunProgress {
  readonly status: RunStatus;
  readonly planDigest: Digest;
  readonly nodes: readonly NodeTurn[];
}

/** How one node stands for the workflow. */
export type NodeTurn = "waiting" | "running" | "done" | "failed";

/** A turn of a run, for its journal: its outputs are found in the store. */
export interface Turn extends RunProgress {
  readonly runId: string;
  readonly epoch: string;
  /** Why the run rests, where that is no stage's error. */
  readonly error?: StageError;
  /** Errors of nodes that failed, by name. */
  readonly errors: { readonly [node: string]: StageError };
}

/** The local activities of a run. */
export interface RunActivities {
  resolve(task: { readonly runId: string; readonly planDigest: Digest; readonly continued: boolean }): Promise<Resolution>;
  journal(turn: Turn): Promise<void>;
  /** Report in the journal that a mapped node failed: some of its shards did. */
  shardsFailed(task: { readonly runId: string; readonly node: string; readonly error: StageError }): Promise<void>;
}

/** The activity that runs nodes: its type is the name of the first one's stage. */
export type RunBatch = (task: BatchTask) => Promise<BatchResult>;

/** The activity that runs shards of one node: its type is the stage's name too. */
export type RunShards = (task: ShardsTask) => Promise<ShardsResult>;
