import { z } from "zod";

/** Settings of every entry that computes with a model. */
export const numerics = {
  /** The precision of matrix products; `auto`: bf16 on a GPU, fp32 on a CPU. @default "auto" */
  precision: z.enum(["auto", "fp32", "bf16"]).default("auto"),
  /** `auto`: a CUDA device if there is one. @default "auto" */
  device: z.enum(["auto", "cpu", "cuda"]).default("auto"),
  /** CPU threads. Sums are grouped by thread, so their number affects the result and is never the machine's. @default 2 */
  threads: z.int().min(1).max(1024).default(2),
};
