import { identifierName, type SyntaxNode, textIn } from "./syntax.ts";

/** The value of a literal, however it is written. */
export function literal({ value, bigint, regex }: SyntaxNode): string {
  if (typeof regex === "object" && regex !== null) return `RegExp${JSON.stringify(regex, ["flags", "pattern"])}`;
  if (typeof bigint === "string") return `${bigint}n `;
  return typeof value === "string" ? JSON.stringify(value) : `${String(value)} `;
}

/** The name of a private member, with its `#`. */
export function privateName(node: SyntaxNode): string {
  return `#${textIn(node, "name")}`;
}

/** The name that a key gives; undefined for an expression and for a private name. */
export function keyName(key: SyntaxNode | undefined): string | undefined {
  return key?.type === "Literal" ? String(key.value) : identifierName(key);
}
