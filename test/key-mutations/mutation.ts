import { mkdirSync, readFileSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { write } from "../small-project.ts";

/** The pipeline's file; a stage stands in it too. */
export const pipeline = "pipelines/small.ts";

/** One change to the world between two plans of the small project. */
export interface Mutation {
  /** What changes, as people would say it. */
  readonly name: string;
  /** Change the project; a returned path is where it is from then on. */
  readonly edit?: (project: string) => unknown;
  /** Change a copy of crisol itself, which creates the second plan. */
  readonly crisol?: (copy: string) => unknown;
  /** Parameters that the second plan is bound with. */
  readonly set?: { readonly [name: string]: unknown };
  /** The second run's name. */
  readonly run?: string;
  /** What the second plan's process has in its environment. */
  readonly env?: { readonly [name: string]: string };
  /** A command that starts the second plan's process. */
  readonly under?: readonly string[];
}

/** One that makes stages run again. */
export interface RunsAgain extends Mutation {
  /** Stages of which something changed. Exactly these run if each gives the same output as before; the stages that read them wait for them. */
  readonly runs: readonly string[];
}

/** Replace a text of a file; the text must be there. */
export const replace = (path: string, from: string | RegExp, to: string) => (folder: string) => {
  const before = readFileSync(join(folder, path), "utf8");
  const after = before.replace(from, to);
  if (before === after) throw new Error(`the mutation of ${path} changed nothing`);
  write(folder, path, after);
};

/** Several edits, one after another. */
export const all =
  (...edits: readonly ((folder: string) => unknown)[]) =>
  (folder: string) => {
    for (const edit of edits) edit(folder);
  };

/** Write a file. */
export const add = (path: string, text: string) => (folder: string) => {
  write(folder, path, text);
};

/** Move a file or folder. */
export const move = (from: string, to: string) => (folder: string) => {
  mkdirSync(dirname(join(folder, to)), { recursive: true });
  renameSync(join(folder, from), join(folder, to));
};

/** Another version of a Python package in a copy of crisol: in its lock, and in the graph of that. */
export const upgrade = (name: string) =>
  all(
    replace("trainer/requirements.lock", new RegExp(`^${name}==.*$`, "m"), `${name}==99.1`),
    replace("trainer/requirements.graph.json", new RegExp(`("name": "${name}", "version": )"[^"]*"`), '$1"99.1"'),
  );
