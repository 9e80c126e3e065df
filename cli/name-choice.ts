import { closest } from "../dsl/spelling.ts";

/** Names that an error lists at most. */
const SHOWN = 12;

/** What there is instead of a name that nothing has, and which of it was most likely meant; "" when there is nothing. */
export function nameChoice(given: string, names: readonly string[]): string {
  const all = [...new Set(names)];
  const meant = all.length > 1 ? closest(given, all) : undefined;
  const more = all.length > SHOWN ? ` and ${all.length - SHOWN} more` : "";
  return `${all.slice(0, SHOWN).join(", ")}${more}${meant === undefined ? "" : ` (did you mean ${JSON.stringify(meant)}?)`}`;
}
