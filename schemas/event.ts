import { z } from "zod";
import { ErrorData, NodeState, RunState } from "./run-state.ts";

/** The progress of work: how much is done, at what rate, how long is left, and other figures the stage wants shown. */
export const Progress = z.object({
  done: z.number(),
  total: z.number().optional(),
  /** What is counted: "documents", "tokens", "steps". */
  unit: z.string(),
  /** Units per second. */
  rate: z.number().optional(),
  /** Seconds left. */
  eta: z.number().optional(),
  /** Other live figures: loss, learning rate. */
  metrics: z.record(z.string(), z.number()).optional(),
});
export type Progress = z.output<typeof Progress>;

export const LogLevel = z.enum(["debug", "info", "warn", "error"]);
export type LogLevel = z.output<typeof LogLevel>;

/** An event in a run's journal: appended by the process that does the work, readable without a server. */
export const RunEvent = z.discriminatedUnion("type", [
  /** The whole state, each time the workflow itself moves on: resolved, blocked, ended. */
  z.object({ type: z.literal("state"), at: z.iso.datetime(), state: RunState }),
  z.object({ type: z.literal("node"), at: z.iso.datetime(), node: NodeState }),
  z.object({ type: z.literal("attempt"), at: z.iso.datetime(), node: z.string(), attempt: z.int().positive() }),
  /** The node waits for another run that computes what it needs. */
  z.object({ type: z.literal("waits"), at: z.iso.datetime(), node: z.string(), for: z.string() }),
  z.object({
    type: z.literal("attemptFailed"),
    at: z.iso.datetime(),
    node: z.string(),
    attempt: z.int().positive(),
    error: ErrorData,
    retry: z.boolean(),
  }),
  z.object({ type: z.literal("progress"), at: z.iso.datetime(), node: z.string(), progress: Progress }),
  z.object({ type: z.literal("log"), at: z.iso.datetime(), node: z.string(), level: LogLevel, message: z.string() }),
]);
export type RunEvent = z.output<typeof RunEvent>;

/** A range of a mapped node's shards that are done, `to` exclusive; several workers may report theirs. */
export const ShardsDone = z.object({
  type: z.literal("shards"),
  at: z.iso.datetime(),
  node: z.string(),
  from: z.int().nonnegative(),
  to: z.int().nonnegative(),
  of: z.int().positive(),
  /** Whether their code ran; false when they already had records. */
  ran: z.boolean().exactOptional(),
});
export type ShardsDone = z.output<typeof ShardsDone>;

/** A line of a run's journal as stored; readers see shards as progress. */
export const JournalEvent = z.discriminatedUnion("type", [...RunEvent.options, ShardsDone]);
export type JournalEvent = z.output<typeof JournalEvent>;
