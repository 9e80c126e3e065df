/** What esbuild's own helpers do in a bundle: they restore names, wrap modules and fill namespaces, and none of that comes from the source. */
import { identifierName, literalText, nodeIn, nodesIn, type SyntaxNode, textIn } from "./syntax.ts";

/** Gives a function or class the name that it had before its variable was renamed. */
const namingHelper = "__name";

/** Wrap a module that is loaded when it is needed, as a method that is called as its file is. */
const moduleHelpers = new Set(["__esm", "__commonJS"]);

/** Fills the object of a namespace (`import * as`). */
const namespaceHelper = "__export";

/** The names of the helpers that a bundle has. */
export type Helpers = ReadonlySet<string>;

/** What `__name(target, "name")` names, as a statement or as an expression; undefined for another node. */
export function givenName(node: SyntaxNode | undefined, helpers: Helpers) {
  const call = node?.type === "ExpressionStatement" ? nodeIn(node, "expression") : node;
  if (call === undefined || calledHelper(call, helpers) !== namingHelper) return undefined;
  const [target, text] = nodesIn(call, "arguments");
  const name = literalText(text);
  return target === undefined || name === undefined ? undefined : { target, name };
}

/** The function in `__esm({ "file.ts"() { ... } })`, which loads a module; undefined for another node. */
export function wrappedModule(node: SyntaxNode | undefined, helpers: Helpers): SyntaxNode | undefined {
  if (node === undefined || !moduleHelpers.has(calledHelper(node, helpers) ?? "")) return undefined;
  const [module] = nodesIn(node, "arguments").flatMap((argument) => nodesIn(argument, "properties"));
  return module && nodeIn(module, "value");
}

/** The namespace that `__export(name, { ... })` fills, and with what, sorted by name; undefined for another statement. */
export function filledNamespace(node: SyntaxNode, helpers: Helpers) {
  const call = nodeIn(node, "expression");
  if (call === undefined || calledHelper(call, helpers) !== namespaceHelper) return undefined;
  const [target, object] = nodesIn(call, "arguments");
  const name = identifierName(target);
  if (name === undefined || object?.type !== "ObjectExpression") return undefined;
  const properties = nodesIn(object, "properties").toSorted((a, b) => (memberName(a) < memberName(b) ? -1 : 1));
  return { name, members: { ...object, properties } };
}

function calledHelper(node: SyntaxNode, helpers: Helpers): string | undefined {
  const name = node.type === "CallExpression" ? identifierName(nodeIn(node, "callee")) : undefined;
  return name !== undefined && helpers.has(name) ? name : undefined;
}

function memberName(property: SyntaxNode): string {
  const key = nodeIn(property, "key");
  return key === undefined ? "" : (literalText(key) ?? textIn(key, "name"));
}
