import { z } from "zod";
import { ErrorData, NodeState, RunState } from "./run-state.ts";

/** A figure of work under way: how much is done, at what rate, until when; and what the stage wants shown. */
export const Progress = z.object({
  done: z.number(),
  total: z.number().optional(),
  /** What is counted: "documents", "tokens", "steps". */
  unit: z.string(),
  /** Units a second. */
  rate: z.number().optional(),
  /** Seconds left. */
  eta: z.number().optional(),
  /** Other live figures: loss, learning rate. */
  metrics: z.record(z.string(), z.number()).optional(),
});
export type Progress = z.output<typeof Progress>;

export const LogLevel = z.enum(["debug", "info", "warn", "error"]);
export type LogLevel = z.output<typeof LogLevel>;

/** A line of a run's journal: appended by whoever does the work, readable with no server up. */
export const RunEvent = z.discriminatedUnion("type", [
  /** The whole state, at each turn that the workflow takes of its own: resolved, blocked, ended. */
  z.object({ type: z.literal("state"), at: z.iso.datetime(), state: RunState }),
  z.object({ type: z.literal("node"), at: z.iso.datetime(), node: NodeState }),
  z.object({ type: z.literal("attempt"), at: z.iso.datetime(), node: z.string(), attempt: z.int().positive() }),
  /** Another one computes what the node needs: it is waited for. */
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

/** Shards of a mapped node that are done, from a number to another (exclusive): several workers tell of theirs. */
export const ShardsDone = z.object({
  type: z.literal("shards"),
  at: z.iso.datetime(),
  node: z.string(),
  from: z.int().nonnegative(),
  to: z.int().nonnegative(),
  of: z.int().positive(),
  /** Their code ran for this; false when they had records. */
  ran: z.boolean().exactOptional(),
});
export type ShardsDone = z.output<typeof ShardsDone>;

/** A line of a run's journal as it is kept; readers are told of shards as of progress. */
export const JournalEvent = z.discriminatedUnion("type", [...RunEvent.options, ShardsDone]);
export type JournalEvent = z.output<typeof JournalEvent>;
