import { closest } from "./spelling.ts";

/** How many names an error lists at most. */
const SHOWN = 12;

/** The existing names to choose from instead of an unknown one, and the one most likely meant; "" if there are none. */
export function nameChoice(given: string, names: readonly string[]): string {
  const all = [...new Set(names)];
  const meant = all.length > 1 ? closest(given, all) : undefined;
  const more = all.length > SHOWN ? ` and ${all.length - SHOWN} more` : "";
  return `${all.slice(0, SHOWN).join(", ")}${more}${meant === undefined ? "" : ` (did you mean ${JSON.stringify(meant)}?)`}`;
}
