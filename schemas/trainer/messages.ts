import { z } from "zod";
import { JsonObject } from "../json.ts";

/**
 * A line from the trainer, on its file descriptor 3: one JSON object per line.
 *
 * The other way, on its standard input, the line `stop` asks for a checkpoint and a clean exit (`stopped`); the end of standard input
 * means that its parent process is gone: it exits at once.
 */
export const TrainerMessage = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("step"),
    step: z.int().nonnegative(),
    steps: z.int().positive(),
    loss: z.number(),
    learningRate: z.number(),
    gradientNorm: z.number(),
    tokensPerSecond: z.number(),
    /** Seconds until the last step, at the current rate. */
    eta: z.number(),
  }),
  z.object({ type: z.literal("eval"), step: z.int().nonnegative(), loss: z.number() }),
  /** `path` is a complete, fsynced folder; the trainer deletes it no earlier than two checkpoints later. */
  z.object({
    type: z.literal("checkpoint"),
    step: z.int().nonnegative(),
    path: z.string(),
    /** How long training paused for it. */
    seconds: z.number().nonnegative(),
  }),
  z.object({ type: z.literal("progress"), done: z.number(), total: z.number().optional(), unit: z.string() }),
  z.object({ type: z.literal("warn"), message: z.string() }),
  /** The work is done; the outputs are where the configuration says. */
  z.object({ type: z.literal("done"), result: JsonObject }),
  /** The answer to `stop`, after the checkpoint. */
  z.object({ type: z.literal("stopped"), step: z.int().nonnegative() }),
  z.object({
    type: z.literal("fail"),
    code: z.enum(["BAD_DATA", "BAD_CONFIG", "OUT_OF_MEMORY", "DIVERGED", "CHECK_FAILED", "ENVIRONMENT"]),
    what: z.string(),
    where: z.string(),
    why: z.string(),
    fix: z.string(),
  }),
]);
export type TrainerMessage = z.output<typeof TrainerMessage>;
