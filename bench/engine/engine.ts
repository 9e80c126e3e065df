/** What the bench asks of every engine: the same work, as whole commands, in seconds from start to exit; its server is up before. */

/** Whether an engine noticed that a helper in another file was edited, and reran all steps. */
export type Edited = "right" | "wrong hit" | "not re-run" | "some steps";

export interface Engine {
  readonly name: string;
  /** Install what is missing, and start what must be running. */
  start(): Promise<void>;
  /** Seconds for a number of steps one after the other, each `{ n } -> { n: n + 1 }`; none has run before. */
  sequence(steps: number): Promise<number>;
  /** The last sequence again: an engine that skips finished steps skips them all. Undefined for an engine that keeps no results. */
  readonly again?: (steps: number) => Promise<number>;
  /** A number of independent tasks, none of which has run before. */
  tasks(tasks: number): Promise<number>;
  /** Seconds from a kill -9 in the middle of step 5 of 10, each of one second, until all ten are done. */
  afterKill(): Promise<number>;
  /** Run the last sequence again after its helper was edited. */
  readonly edited?: (steps: number) => Promise<Edited>;
  stop(): Promise<void>;
}
