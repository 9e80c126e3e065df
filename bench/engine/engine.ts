/** What the bench asks of every engine: the same work, as whole commands, in seconds from start to exit; its server is up before. */

/** Whether an engine saw that a helper in another file was edited, and ran all steps again. */
export type Edited = "right" | "wrong hit" | "not re-run" | "some steps";

export interface Engine {
  readonly name: string;
  /** Install what is missing, and start what must be up. */
  start(): Promise<void>;
  /** Seconds of so many steps one after the other, each `{ n } -> { n: n + 1 }`; none has run before. */
  sequence(steps: number): Promise<number>;
  /** The last sequence again: what skips done steps skips them all. Undefined for an engine that keeps no results. */
  readonly again?: (steps: number) => Promise<number>;
  /** So many independent tasks, none of which has run before. */
  tasks(tasks: number): Promise<number>;
  /** Seconds from a kill -9 in the middle of step 5 of 10, each of one second, until all ten are done. */
  afterKill(): Promise<number>;
  /** Run the last sequence again after its helper was edited. */
  readonly edited?: (steps: number) => Promise<Edited>;
  stop(): Promise<void>;
}
