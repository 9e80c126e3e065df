import { z } from "zod";
import { Digest } from "../digest.ts";
import { Issue } from "../issue.ts";
import { ResourcesObject } from "../plan.ts";

/** How one stage of a plan compares with a run's. */
export const NodeDiff = z.strictObject({
  name: z.string(),
  stage: z.string(),
  /** Its name in the run, where it had another. */
  was: z.string().nullable(),
  /** Unknown: nothing differs so far, but its inputs do not exist yet, or did not in the run. */
  change: z.enum(["same", "changed", "unknown", "added", "removed"]),
  /** The first ingredient that differs from what the run computed, whether cached or not; for `unknown`, what is missing. */
  why: z.string().nullable(),
});
export type NodeDiff = Readonly<z.output<typeof NodeDiff>>;

/** The member `diff` of `plan --json`. */
export const RunDiff = z.strictObject({
  runId: z.string(),
  /** The run's plan. */
  planDigest: Digest,
  nodes: z.array(NodeDiff).readonly(),
});
export type RunDiff = Readonly<z.output<typeof RunDiff>>;

/** One stage of the answer. */
export const PlanReportNode = z.strictObject({
  name: z.string(),
  stage: z.string(),
  /** Null while its inputs do not exist. */
  key: Digest.nullable(),
  status: z.enum(["cached", "run", "unknown"]),
  /** Null if it is cached. */
  why: z.string().nullable(),
  /** Memory and disk in MiB, time in seconds. */
  resources: ResourcesObject,
});
export type PlanReportNode = Readonly<z.output<typeof PlanReportNode>>;

/** The answer of `plan --json`. */
export const PlanReport = z.strictObject({
  pipeline: z.string(),
  /** Null when the pipeline does not compile. */
  planDigest: Digest.nullable(),
  nodes: z.array(PlanReportNode).readonly(),
  issues: z.array(Issue).readonly(),
  /** Possible problems that do not prevent a run. */
  warnings: z.array(z.string()).readonly(),
  /** With `--diff`: the comparison with a run. */
  diff: RunDiff.exactOptional(),
});
export type PlanReport = Readonly<z.output<typeof PlanReport>>;
