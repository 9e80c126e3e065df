import { z } from "zod";
import { ArtifactRef } from "./artifact.ts";
import { Digest } from "./digest.ts";

/** The status of a run. */
export const RunStatus = z.enum(["running", "blocked", "paused", "completed", "failed", "canceled"]);
export type RunStatus = z.output<typeof RunStatus>;

/** The status of a node of a run. */
export const NodeStatus = z.enum(["waiting", "running", "done", "failed", "skipped"]);
export type NodeStatus = z.output<typeof NodeStatus>;

/** An error as plain data, with the four parts of every error. */
export const ErrorData = z.object({ code: z.string(), what: z.string(), where: z.string(), why: z.string(), fix: z.string() });
export type ErrorData = z.output<typeof ErrorData>;

/** One node of a run. */
export const NodeState = z.object({
  name: z.string(),
  stage: z.string(),
  status: NodeStatus,
  cached: z.boolean(),
  attempts: z.int().nonnegative(),
  seconds: z.number().nonnegative().optional(),
  key: Digest.optional(),
  outputs: z.record(z.string(), ArtifactRef).optional(),
  error: ErrorData.optional(),
  /** The stage's report in one line. */
  summary: z.string().optional(),
  /** Something that people should know about (an artifact was recreated, say). */
  note: z.string().optional(),
  /** The run that computes what it needs, while it waits for that. */
  waitsFor: z.string().exactOptional(),
});
export type NodeState = z.output<typeof NodeState>;

/** A run, as the workflow answers a query with it and the store keeps it. */
export const RunState = z.object({
  runId: z.string(),
  pipeline: z.string(),
  planDigest: Digest,
  status: RunStatus,
  nodes: z.array(NodeState),
  outputs: z.record(z.string(), ArtifactRef),
  /** Why the run itself can't go on: its plan can't be read, or no worker has the workflow code that it started with. */
  error: ErrorData.exactOptional(),
});
export type RunState = z.output<typeof RunState>;

/** Whether a run has ended for good, so that nothing about it changes unless people resume it. */
export function isOver({ status }: Pick<RunState, "status">): boolean {
  return status === "completed" || status === "failed" || status === "canceled";
}
