/** A peer: what is installed for it, and the commands that do the bench's work with it. */

/** Where a peer works: its folder for this call, and the programs that were installed for it. */
export interface Place {
  readonly work: string;
  /** Path of a program of the peer's environment; "node" is the one that runs the bench. */
  readonly bin: (name: string) => string;
  /** Ports of this machine that were free when the bench began. */
  readonly ports: readonly [number, number, number, number];
}

export type Work = "sequence" | "tasks";

export interface Peer {
  readonly name: string;
  /** What was measured, in a few words. */
  readonly what: string;
  /** Pinned packages, in a separate virtual environment or npm folder; undefined: the bench uses crisol's. */
  readonly packages?: { readonly pip: readonly string[] } | { readonly npm: readonly string[] };
  readonly env?: (place: Place) => { readonly [name: string]: string };
  /** Once, before the server. */
  readonly prepare?: (place: Place) => readonly string[];
  readonly server?: (place: Place) => readonly string[];
  /** Before work of another kind or size; not timed. */
  readonly generate?: (place: Place, work: Work, count: number) => readonly string[];
  /** What is deleted so that nothing has run before. */
  readonly state?: readonly string[];
  /** After that; not timed. */
  readonly warm?: (place: Place) => readonly string[];
  readonly run: (place: Place, work: Work, count: number) => readonly string[];
  /** The same again, where results are kept. */
  readonly again?: (place: Place, count: number) => readonly string[];
  /** What it means when a helper was edited and nothing ran. @default "wrong hit" */
  readonly unseen?: "not re-run";
  /** The run that is killed, if it is another one. */
  readonly killed?: (place: Place) => readonly string[];
  /** Resumes the sequence of ten that was killed. */
  readonly resume: (place: Place) => readonly string[];
}
