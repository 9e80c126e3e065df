import { z } from "zod";
import { ArtifactRef } from "../artifact.ts";
import { Digest } from "../digest.ts";
import { Progress } from "../event.ts";
import { ErrorData, NodeStatus, RunStatus } from "../run-state.ts";

const Stage = z.strictObject({
  name: z.string(),
  status: NodeStatus,
  attempts: z.int().nonnegative(),
  cached: z.boolean(),
  seconds: z.number().nullable(),
  /** Null unless it runs. */
  progress: Progress.nullable(),
  error: ErrorData.nullable(),
  /** Its report in one line. */
  summary: z.string().exactOptional(),
  note: z.string().exactOptional(),
  /** The run that computes what it needs. */
  waitsFor: z.string().exactOptional(),
});

/** The answer of `status --json`. */
export const StatusReport = z.strictObject({
  runId: z.string(),
  pipeline: z.string(),
  status: RunStatus,
  planDigest: Digest,
  stages: z.array(Stage),
  outputs: z.record(z.string(), ArtifactRef),
  error: ErrorData.exactOptional(),
  /** The plans that it has had, the first one first. */
  plans: z.array(z.strictObject({ planDigest: Digest, at: z.iso.datetime(), why: z.string() })),
});
export type StatusReport = z.output<typeof StatusReport>;
