import { inspect } from "node:util";
import { isCrisolError } from "../../../schemas/error.ts";
import type { SourcePlaces } from "./source-places.ts";
import { excerpt, thrownAt } from "./thrown-at.ts";

/** A place in packed code, as a stack names it. */
const packedPlace = /file:\/\/\S+\/crisol-code\/([0-9a-f]{64})\.mjs(?:\?[0-9a-f]{64})?:(\d+):(\d+)/;

/** The stack of what a stage threw, with places in the source instead of the packed code. */
export interface SourceStack {
  /** Includes the stacks of its causes. */
  readonly stack: string;
  /**
   * The innermost place in the stage's own source, with the text of that line; if none is known, the innermost place of all. For an error in four
   * parts, which has its own `where`, it is the innermost known place of its cause.
   */
  readonly thrownAt: string | undefined;
}

/**
 * The stack of what a stage threw, with places in its source.
 *
 * @param readPlaces called only when the stack names packed code; places that it doesn't know stay as they are.
 */
export async function sourceStack(error: unknown, readPlaces: () => Promise<SourcePlaces | undefined>): Promise<SourceStack> {
  const stacks = stacksOf(error);
  const places = stacks.some((stack) => packedPlace.test(stack)) ? await readPlaces().catch(() => undefined) : undefined;
  const located = stacks.map((stack) => inSource(stack, places));
  const [own, ofCause] = located;
  return {
    stack: located.map(({ text }) => text).join("\n[cause]: "),
    thrownAt: isCrisolError(error) ? ofCause?.innermost : (own?.innermost ?? thrownAt(error)),
  };
}

/** The stacks of an error and of its causes. */
function stacksOf(error: unknown): string[] {
  const stacks: string[] = [];
  const seen = new Set<unknown>();
  for (let each = error; each instanceof Error && !seen.has(each); each = each.cause) {
    seen.add(each);
    // a stage may have set `stack` to anything
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
