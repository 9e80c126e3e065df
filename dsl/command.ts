/** Commands: programs in any language that do a stage's work, reading documents and writing answers as JSON lines. */

import { callSite } from "./call-site.ts";
import { PipelineMistake } from "./mistake.ts";

/** A program with its arguments and its files. */
export interface Command {
  readonly words: readonly string[];
  /** Globs, relative to the module that defines the stage. */
  readonly files: readonly string[];
}

/** Options of a command. */
export interface CommandOptions {
  /**
   * Files that the program needs besides those that its arguments name, as globs relative to the module that defines the stage. All of them
   * are part of the stage's code: a change to one runs the stage again. @default none
   */
  readonly files?: readonly string[];
}

const commands = new WeakSet<object>();

/**
 * A program as what a stage runs: `run: command(["python", "score.py"])`.
 *
 * It starts in an empty folder that holds its files. `python` is the project's Python; any other word is looked up on the PATH.
 *
 * @throws PipelineMistake for a command without a program.
 */
export function command(words: readonly [program: string, ...args: string[]], { files = [] }: CommandOptions = {}): Command {
  if (!words[0] || words.some((word) => typeof word !== "string" || word.includes("\0"))) {
    throw new PipelineMistake({
      code: "bad-command",
      message: "a command is a program and its arguments, each a string",
      path: [callSite() ?? "command()"],
      fix: 'write command(["python", "score.py"])',
    });
  }
  const made = Object.freeze({ words: [...words], files: [...files] });
  commands.add(made);
  return made;
}

/** Whether a value was created by `command`. */
export function isCommand(value: unknown): value is Command {
  return typeof value === "object" && value !== null && commands.has(value);
}
