/** What a command says on its standard output: one JSON object per line. */
import { CrisolError } from "../schemas/error.ts";
import type { LogLevel, Progress } from "../schemas/event.ts";
import type { JsonObject } from "../schemas/json.ts";
import { jsonOrUndefined } from "../schemas/json-text.ts";
import { shorten } from "./tally.ts";

/** A line, read. An `id` names the document that it answers; without one it answers the oldest that has no answer. */
export type CommandLine =
  | { readonly type: "document"; readonly id?: string; readonly text: string; readonly source?: string; readonly meta?: JsonObject }
  | { readonly type: "drop"; readonly id?: string; readonly reason: string }
  | { readonly type: "progress"; readonly progress: Progress }
  | { readonly type: "log"; readonly level: LogLevel; readonly message: string }
  | { readonly type: "report"; readonly report: JsonObject };

/** The members that each kind of line may have; the first says which kind it is. */
const members: { readonly [kind: string]: readonly string[] } = {
  text: ["text", "id", "source", "meta"],
  drop: ["drop", "id"],
  progress: ["progress"],
  log: ["log", "level"],
  report: ["report"],
};

const forms = '{ "text": "..." }, { "drop": "reason" }, { "progress": { "done": 1 } }, { "log": "..." } or { "report": { ... } }';

/**
 * Read a line.
 *
 * By hand rather than with a schema, because there is a line for every document.
 *
 * @param where the stage and the line, for people
 * @throws CrisolError STAGE_FAILED for any other line.
 */
export function parseCommandLine(line: string, where: string): CommandLine {
  const value = jsonOrUndefined(line);
  if (value === undefined) {
    throw refusal("a line that is not JSON", line, where, 'print messages to standard error, or as { "log": "..." }');
  }
  const kind = isObject(value) ? Object.keys(members).find((name) => name in value) : undefined;
  if (!isObject(value) || kind === undefined) throw refusal("a line that is not one of the known messages", line, where, `print ${forms}`);
  const read = new Members(value, line, where);
  read.refuseOthers(members[kind] ?? []);
  switch (kind) {
    case "text":
      return {
        type: "document",
        text: read.required("text", isText),
        ...read.optional("id", isText),
        ...read.optional("source", isText),
        ...read.optional("meta", isObject),
      };
    case "drop":
      return { type: "drop", reason: read.required("drop", isReason), ...read.optional("id", isText) };
    case "progress":
      return { type: "progress", progress: progressOf(new Members(read.required("progress", isObject), line, where)) };
    case "log":
      return { type: "log", message: read.required("log", isText), level: read.optional("level", isLevel).level ?? "info" };
    default:
      return { type: "report", report: read.required("report", isObject) };
  }
}

function progressOf(read: Members): Progress {
  read.refuseOthers(["done", "total", "unit", "rate", "eta", "metrics"]);
  return {
    done: read.required("done", isFigure),
    unit: read.optional("unit", isText).unit ?? "documents",
    ...read.optional("total", isFigure),
    ...read.optional("rate", isFigure),
    ...read.optional("eta", isFigure),
    ...read.optional("metrics", isFigures),
  };
}

/** The members of an object on a line. */
class Members {
  readonly #object: JsonObject;
  readonly #line: string;
  readonly #where: string;

  constructor(object: JsonObject, line: string, where: string) {
    this.#object = object;
    this.#line = line;
    this.#where = where;
  }

  refuseOthers(known: readonly string[]): void {
    const other = Object.keys(this.#object).find((name) => !known.includes(name));
    if (other === undefined) return;
    const fix = known[0] === "text" ? 'put anything else about a document into its "meta"' : `the allowed members are ${known.join(", ")}`;
    throw refusal(`a line with a member "${other}", which it cannot have`, this.#line, this.#where, fix);
  }

  required<T>(name: string, is: (value: unknown) => value is T): T {
    const value: unknown = this.#object[name];
    if (is(value)) return value;
    throw refusal(
      `a line whose "${name}" is not ${expected.get(is)}`,
      this.#line,
      this.#where,
      `give ${expected.get(is)}, or leave it out`,
    );
  }

  optional<const N extends string, T>(name: N, is: (value: unknown) => value is T): { readonly [P in N]?: T } {
    return name in this.#object ? ({ [name]: this.required(name, is) } as { readonly [P in N]?: T }) : {};
  }
}

const isText = (value: unknown): value is string => typeof value === "string";
const isReason = (value: unknown): value is string => typeof value === "string" && value !== "";
const isFigure = (value: unknown): value is number => typeof value === "number";
const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);
const isFigures = (value: unknown): value is Record<string, number> => isObject(value) && Object.values(value).every(isFigure);
const isLevel = (value: unknown): value is LogLevel => typeof value === "string" && ["debug", "info", "warn", "error"].includes(value);

const expected = new Map<unknown, string>([
  [isText, "a string"],
  [isReason, 'a reason in a word or two ("too short")'],
  [isFigure, "a number"],
  [isObject, "an object"],
  [isFigures, "an object of numbers"],
  [isLevel, '"debug", "info", "warn" or "error"'],
]);

function refusal(what: string, line: string, where: string, fix: string): CrisolError {
  return new CrisolError({
    code: "STAGE_FAILED",
    what: `the command printed ${what}: ${shorten(line)}`,
    where,
    why: "its standard output is for documents and answers, one JSON object per line",
    fix,
  });
}
