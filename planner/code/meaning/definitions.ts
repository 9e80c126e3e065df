import { identifierName, literalText, nodeIn, nodesIn, parseModule, type SyntaxNode } from "./syntax.ts";

const definers = new Set(["defineStage", "defineFilter", "defineKind", "definePipeline"]);

/** Members of a definition that only the language reads, when a graph is built: code that runs never sees them. */
const unread = new Set(["summary", "inputs", "outputs", "params", "positional", "needs", "adds", "resources", "runtime"]);

/** TypeScript's forms around an expression. */
const typed = new Set(["TSAsExpression", "TSSatisfiesExpression", "TSNonNullExpression", "TSTypeAssertion"]);

/**
 * Lets esbuild leave out definitions that a stage does not use: the pipeline in its file, other stages beside it.
 *
 * `defineStage`, `defineFilter`, `defineKind` and `definePipeline` only create a value, but esbuild cannot know; so each call at the top level is wrapped in a function
 * that is marked as pure, and what no code that runs reads of a definition is taken out. Undefined for a file without definitions, or that is no module:
 * esbuild itself says what is wrong with it.
 *
 * @returns the edited text, with a source map to the source as it is.
 */
export async function withPureDefinitions(source: string, language: "js" | "ts", name: string): Promise<string | undefined> {
  if (![...definers].some((definer) => source.includes(definer))) return undefined;
  const calls = ((await parseModule(source, language))?.body ?? []).flatMap(definitionsIn);
  if (calls.length === 0) return undefined;
  const { default: MagicString } = await import("magic-string");
  const edited = new MagicString(source);
  for (const call of calls) {
    edited.appendLeft(call.start, "/* @__PURE__ */ (() => ").appendRight(call.end, ")()");
    for (const { start, end } of unreadMembers(call)) edited.remove(start, end);
  }
  const map = edited.generateMap({ source: name, hires: true });
  return `${edited.toString()}\n//# sourceMappingURL=${map.toUrl()}`;
}

/** The calls that define something, of a statement at the top level. */
function definitionsIn(statement: SyntaxNode): SyntaxNode[] {
  const declaration = nodeIn(statement, "declaration") ?? statement;
  const values =
    declaration.type === "VariableDeclaration"
      ? nodesIn(declaration, "declarations").flatMap((declarator) => nodeIn(declarator, "init") ?? [])
      : [declaration];
  return values
    .map(untyped)
    .filter((value) => value.type === "CallExpression" && definers.has(identifierName(nodeIn(value, "callee")) ?? ""));
}

function untyped(node: SyntaxNode): SyntaxNode {
  const inside = typed.has(node.type) ? nodeIn(node, "expression") : undefined;
  return inside === undefined ? node : untyped(inside);
}

/** The places of a definition's members that no running code reads, each up to the next member. */
function unreadMembers(call: SyntaxNode): { readonly start: number; readonly end: number }[] {
  const [meta, definition] = nodesIn(call, "arguments");
  if (meta?.type !== "MetaProperty" || definition?.type !== "ObjectExpression") return [];
  const members = nodesIn(definition, "properties");
  return members.flatMap((member, index) => {
    const key = member.type === "Property" && member.computed !== true ? nodeIn(member, "key") : undefined;
    const isUnread = unread.has(identifierName(key) ?? literalText(key) ?? "");
    return isUnread ? [{ start: member.start, end: members[index + 1]?.start ?? definition.end - 1 }] : [];
  });
}
