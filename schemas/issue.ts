import { z } from "zod";

/** One problem of a pipeline, a configuration or an environment; checks return all of them at once. */
export const Issue = z
  .strictObject({
    /** Stable name of the kind of problem ("duplicate-name"). */
    code: z.string(),
    /** What is wrong. */
    message: z.string(),
    /** Where: the file, the stage and the parameter's path. */
    path: z.array(z.string()).readonly(),
    /** What to do. */
    fix: z.string(),
  })
  .readonly();
export type Issue = z.output<typeof Issue>;
