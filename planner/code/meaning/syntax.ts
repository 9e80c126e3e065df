/** Parsed source text as plain ESTree nodes (github.com/estree/estree), and what of a parser's answer the planner reads. */
import { z } from "zod";

/** A node of the syntax tree: its type, its place in the text (in UTF-16 units), and fields by name. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** A comment and its place. */
export interface Comment {
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** A parsed module. */
export interface ParsedModule {
  readonly text: string;
  readonly body: readonly SyntaxNode[];
  readonly comments: readonly Comment[];
}

const Place = z.object({ type: z.string(), start: z.int().nonnegative(), end: z.int().nonnegative() });

/**
 * Parse a module; undefined for a text that is none.
 *
 * @param language "ts" also takes what TypeScript adds.
 */
export async function parseModule(text: string, language: "js" | "ts" = "js"): Promise<ParsedModule | undefined> {
  const { parseSync } = await import("oxc-parser");
  const { errors, program, comments } = parseSync(`module.${language}`, text, {
    lang: language,
    sourceType: "module",
    preserveParens: false,
  });
  return errors.length > 0 ? undefined : { text, body: nodesIn({ ...Place.parse(program), body: program.body }, "body"), comments };
}

/**
 * The modules that a source file imports for their side effects alone (`import "./setup.ts"`), as it names them; undefined for a text that is no module.
 */
export async function bareImports(text: string, language: "js" | "ts"): Promise<readonly string[] | undefined> {
  const { parseSync } = await import("oxc-parser");
  const { errors, module } = parseSync(`module.${language}`, text, { lang: language, sourceType: "module" });
  if (errors.length > 0) return undefined;
  return module.staticImports.flatMap(({ start, moduleRequest, entries }) => {
    const isBare = entries.length === 0 && /^import\s*["']/.test(text.slice(start));
    return isBare ? [moduleRequest.value] : [];
  });
}

/** Whether a value is a node of the tree. */
export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string" && "start" in value;
}

/** The node in a field; undefined where there is none. */
export function nodeIn(node: SyntaxNode, field: string): SyntaxNode | undefined {
  const value = node[field];
  return isNode(value) ? value : undefined;
}

/** The nodes in a field that holds a list. */
export function nodesIn(node: SyntaxNode, field: string): readonly SyntaxNode[] {
  const value = node[field];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** The text in a field; empty where there is none. */
export function textIn(node: SyntaxNode, field: string): string {
  const value = node[field];
  return typeof value === "string" ? value : "";
}

/** The name of an identifier; undefined for another node. */
export function identifierName(node: SyntaxNode | undefined): string | undefined {
  return node?.type === "Identifier" ? textIn(node, "name") : undefined;
}

/** The value of a literal text; undefined for another node. */
export function literalText(node: SyntaxNode | undefined): string | undefined {
  return node?.type === "Literal" && typeof node.value === "string" ? node.value : undefined;
}

/** The nodes directly below a node. */
export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  return Object.values(node).flatMap((value) => {
    if (isNode(value)) return [value];
    return Array.isArray(value) ? value.filter(isNode) : [];
  });
}
