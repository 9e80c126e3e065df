import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Characters of code shown before and after the place. */
const BEFORE = 40;
const AFTER = 80;

/** The text around a column of a line, counted from 0. */
export function excerpt(line: string, column: number): string {
  return line.slice(Math.max(0, column - BEFORE), column + AFTER).trim();
}

/** Where an error was thrown, with the code there: packed code has no lines that people could look up. */
export function thrownAt(error: unknown): string | undefined {
  const stack: unknown = error instanceof Error ? error.stack : undefined;
  const frame = typeof stack === "string" ? stack.split("\n").find((line) => line.trimStart().startsWith("at ")) : undefined;
  if (frame === undefined) return undefined;
  const [, url = "", line = "", column = ""] = /(file:\/\/.+):(\d+):(\d+)\)?$/.exec(frame) ?? [];
  const code = codeAt(url, Number(line), Number(column));
  return code === undefined ? frame.trim() : `${frame.trim()}:\n${code}`;
}

function codeAt(url: string, line: number, column: number): string | undefined {
  try {
    const text = readFileSync(fileURLToPath(url), "utf8").split("\n")[line - 1];
    return text === undefined ? undefined : excerpt(text, column - 1);
  } catch {
    // if the file is gone, the frame has to do
    return undefined;
  }
}
