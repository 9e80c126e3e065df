import { once } from "node:events";
import { dim } from "../../system/text/styles.ts";

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
