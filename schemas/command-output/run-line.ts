import { z } from "zod";
import { ArtifactRef } from "../artifact.ts";
import { Digest } from "../digest.ts";
import { LogLevel, Progress } from "../event.ts";
import { KindName } from "../kinds.ts";
import { ErrorData, NodeStatus, RunStatus } from "../run-state.ts";
import { NodeDiff } from "./plan-report.ts";

const attempt = z.int().positive();

/** A stage as it is now: done, failed, or skipped. */
const Stage = z.strictObject({
  type: z.literal("stage"),
  name: z.string(),
  status: NodeStatus,
  cached: z.boolean(),
  seconds: z.number(),
  outputs: z.record(z.string(), ArtifactRef),
  error: ErrorData.exactOptional(),
  note: z.string().exactOptional(),
});

/** A line of `run --json`, `watch --json` and `resume --json`; the last one is the result, or an error. */
export const RunLine = z.union([
  z.strictObject({ type: z.literal("run"), runId: z.string() }),
  /** Of `resume`: the run goes on with a changed plan, or is over and a new one is started. */
  z.strictObject({ type: z.literal("amended"), runId: z.string(), planDigest: Digest, nodes: z.array(NodeDiff) }),
  z.strictObject({ type: z.literal("over"), runId: z.string(), startsAnew: z.string() }),
  z.strictObject({ type: z.literal("stage"), name: z.string(), status: z.literal("running"), attempt }),
  z.strictObject({ type: z.literal("stage"), name: z.string(), status: z.literal("waiting"), waitsFor: z.string() }),
  Stage,
  z.strictObject({ type: z.literal("attemptFailed"), name: z.string(), attempt, retry: z.boolean(), error: ErrorData }),
  z.strictObject({ type: z.literal("progress"), name: z.string(), ...Progress.shape }),
  z.strictObject({ type: z.literal("log"), name: z.string(), level: LogLevel, message: z.string() }),
  z.strictObject({
    type: z.literal("result"),
    runId: z.string(),
    /** `unchanged`: completed, and every stage was cached. */
    status: z.enum([...RunStatus.options, "unchanged"]),
    outputs: z.record(z.string(), z.strictObject({ kind: KindName, digest: Digest })),
    errors: z.array(z.strictObject({ name: z.string(), ...ErrorData.shape })).exactOptional(),
  }),
  z.strictObject({ type: z.literal("error"), ...ErrorData.shape }),
  /** A bug of crisol's. */
  z.strictObject({ type: z.literal("error"), code: z.literal("DEFECT"), what: z.string() }),
]);
export type RunLine = z.input<typeof RunLine>;
