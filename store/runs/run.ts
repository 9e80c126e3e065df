import { z } from "zod";
import { Digest } from "../../schemas/digest.ts";

/** A run as it was started, and each plan it has been given since. */
export const Run = z.object({
  runId: z.string(),
  pipeline: z.string(),
  /** The plan in force: a blob. */
  planDigest: Digest,
  /** Every plan that the run has had, the oldest first. */
  plans: z.array(z.object({ planDigest: Digest, at: z.iso.datetime(), why: z.string() })),
  /** The folder of the user's files that its sources refer to. */
  projectFolder: z.string(),
  /** The pipeline's own file, relative to that folder: compiled again by a resume. */
  pipelineFile: z.string().optional(),
  /** The external Temporal server where it was started, with the namespace; absent: the home's own. */
  server: z.string().exactOptional(),
  startedAt: z.iso.datetime(),
});
export type Run = z.output<typeof Run>;
