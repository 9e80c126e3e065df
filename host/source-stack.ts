import { inspect } from "node:util";
import { isCrisolError } from "../schemas/error.ts";
import type { SourcePlaces } from "./source-places.ts";
import { excerpt, thrownAt } from "./thrown-at.ts";

/** A place in packed code, as stacks name it. */
const packedPlace = /file:\/\/\S+\/crisol-code\/([0-9a-f]{64})\.mjs(?:\?[0-9a-f]{64})?:(\d+):(\d+)/;

/** What a stage threw, with the places of its source for those of its packed code. */
export interface SourceStack {
  /** With the stacks of its causes. */
  readonly stack: string;
  /**
   * The innermost place in the stage's own source, with the line that stands there; where none is known, the innermost of all. Of an error in four
   * parts it is that of its cause, and only what is known: it has its own `where`.
   */
  readonly thrownAt: string | undefined;
}

/**
 * The stack of what a stage threw, in terms of its source.
 *
 * @param readPlaces asked only when the stack names packed code; whatever it doesn't know stays as it is.
 */
export async function sourceStack(error: unknown, readPlaces: () => Promise<SourcePlaces | undefined>): Promise<SourceStack> {
  const stacks = stacksOf(error);
  const places = stacks.some((stack) => packedPlace.test(stack)) ? await readPlaces().catch(() => undefined) : undefined;
  const told = stacks.map((stack) => inSource(stack, places));
  const [own, ofCause] = told;
  return {
    stack: told.map(({ text }) => text).join("\n[cause]: "),
    thrownAt: isCrisolError(error) ? ofCause?.innermost : (own?.innermost ?? thrownAt(error)),
  };
}

/** The stacks of an error and of its causes. */
function stacksOf(error: unknown): string[] {
  const stacks: string[] = [];
  const seen = new Set<unknown>();
  for (let each = error; each instanceof Error && !seen.has(each); each = each.cause) {
    seen.add(each);
    // a stage may have put anything there
    stacks.push(typeof each.stack === "string" ? each.stack : inspect(each));
  }
  return stacks.length === 0 ? [inspect(error)] : stacks;
}

function inSource(stack: string, places: SourcePlaces | undefined): { readonly text: string; readonly innermost: string | undefined } {
  if (places === undefined) return { text: stack, innermost: undefined };
  let innermost: string | undefined;
  const lines = stack.split("\n").map((line) => {
    const [packed = "", bundle, row, column] = packedPlace.exec(line) ?? [];
    const place = bundle === places.bundle ? places.of(Number(row) - 1, Number(column) - 1) : undefined;
    if (place === undefined) return line;
    const frame = line.replace(packed, () => place.name);
    if (place.line !== undefined) innermost ??= `${frame.trim()}:\n${excerpt(place.line.text, place.line.column)}`;
    return frame;
  });
  return { text: lines.join("\n"), innermost };
}
