import { once } from "node:events";
import { styleText } from "node:util";
import type { ErrorParts } from "../schemas/error.ts";

type Paint = (text: string) => string;

const paint =
  (format: Parameters<typeof styleText>[0]): Paint =>
  (text) =>
    styleText(format, text, { stream: process.stdout });

export const bold = paint("bold");
export const dim = paint("dim");
export const red = paint("red");
export const green = paint("green");
export const yellow = paint("yellow");
export const cyan = paint("cyan");

/** Where the command writes: text for people, or JSON for programs. */
export interface Terminal {
  readonly json: boolean;
  /** Whether a live display can be drawn. */
  readonly live: boolean;
  /** Print a line of text; nothing if JSON was asked for. */
  line(text?: string): void;
  /** Print a line on standard error about what takes time; nothing if JSON was asked for. */
  note(text: string): void;
  /** Print one JSON value on one line; nothing if JSON was not asked for. */
  value(value: unknown): void;
  /** Resolves when standard output can take more; await it between many lines. */
  room(): Promise<void>;
}

/** The terminal of this process. */
export function openTerminal(options: { readonly json: boolean }): Terminal {
  return {
    json: options.json,
    live: !options.json && process.stdout.isTTY === true && process.env.CI === undefined,
    line: (text = "") => {
      if (!options.json) process.stdout.write(`${text}\n`);
    },
    note: (text) => {
      if (!options.json) process.stderr.write(`${dim(text)}\n`);
    },
    value: (value) => {
      if (options.json) process.stdout.write(`${JSON.stringify(value)}\n`);
    },
    room: async () => {
      if (process.stdout.writableNeedDrain) await once(process.stdout, "drain");
    },
  };
}

/** An error for people: what happened, where, why it matters, what to do. */
export function renderError({
  code,
  what,
  where,
  why,
  fix,
}: Pick<ErrorParts, "what" | "where" | "why" | "fix"> & { readonly code: string }): string {
  const indent = (text: string) => text.replaceAll("\n", "\n         ");
  return [
    `${red(`✖ ${code}`)}  ${bold(indent(what))}`,
    `  ${dim("where")}  ${indent(where)}`,
    `  ${dim("why")}    ${indent(why)}`,
    `  ${dim("fix")}    ${indent(fix)}`,
  ].join("\n");
}
