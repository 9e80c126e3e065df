import type { ErrorParts } from "../../schemas/error.ts";
import { bold, dim, red } from "./styles.ts";
import { visible } from "./visible-text.ts";

/** An error for people: what happened, where, why it matters, what to do. */
export function renderError({
  code,
  what,
  where,
  why,
  fix,
}: Pick<ErrorParts, "what" | "where" | "why" | "fix"> & { readonly code: string }): string {
  const indent = (text: string) => visible(text).replaceAll("\n", "\n         ");
  return [
    `${red(`✖ ${code}`)}  ${bold(indent(what))}`,
    `  ${dim("where")}  ${indent(where)}`,
    `  ${dim("why")}    ${indent(why)}`,
    `  ${dim("fix")}    ${indent(fix)}`,
  ].join("\n");
}
