import { givenName, type Helpers, wrappedModule } from "./esbuild-helpers.ts";
import { isClass, isFunction } from "./scopes.ts";
import { identifierName, nodeIn, nodesIn, type ParsedModule, type SyntaxNode, textIn } from "./syntax.ts";

/** Constructors of the language that only create a value, given literals. */
const plainConstructors = new Set(["Map", "Set", "WeakMap", "WeakSet", "RegExp", "TextEncoder", "TextDecoder"]);

/** Names of the language that never change. */
const constants = new Set(["undefined", "NaN", "Infinity"]);

/** Nodes whose evaluation does nothing by itself: pure if all their parts are. */
const plain = new Set([
  "ArrayExpression",
  "ObjectExpression",
  "UnaryExpression",
  "BinaryExpression",
  "LogicalExpression",
  "ConditionalExpression",
  "TemplateLiteral",
]);

/** Says of expressions whether it matters when they are evaluated. */
export class Purity {
  /** Where what follows a mark of purity begins, but for white space. */
  readonly #marked: ReadonlySet<number>;
  readonly #helpers: Helpers;

  constructor({ text, comments }: ParsedModule, helpers: Helpers) {
    this.#helpers = helpers;
    const marks = comments.filter(({ value }) => /[@#]__PURE__/.test(value));
    this.#marked = new Set(marks.map(({ end }) => end + (/^\s*/.exec(text.slice(end, end + 200))?.[0].length ?? 0)));
  }

  /**
   * The names that an expression reads, if its value depends on nothing else and its evaluation does nothing; undefined if either may not be so.
   *
   * It is then pure if all these names are of constants.
   */
  reads(node: SyntaxNode | undefined): readonly string[] | undefined {
    if (node === undefined || isFunction(node) || node.type === "Literal" || node.type === "MetaProperty") return [];
    if (isClass(node)) return this.#ofClass(node);
    const name = identifierName(node);
    if (name !== undefined) return constants.has(name) ? [] : [name];
    if (node.type === "NewExpression") {
      const made = identifierName(nodeIn(node, "callee")) ?? "";
      const isPlain = plainConstructors.has(made) && nodesIn(node, "arguments").every((argument) => identifierName(argument) === undefined);
      return isPlain || this.#marked.has(node.start) ? this.#all(nodesIn(node, "arguments")) : undefined;
    }
    if (node.type === "CallExpression") return this.#ofCall(node);
    if (!plain.has(node.type) || (node.type === "UnaryExpression" && textIn(node, "operator") === "delete")) return undefined;
    return this.#all(node.type === "ObjectExpression" ? membersOf(node) : partsOf(node));
  }

  #all(nodes: readonly (SyntaxNode | undefined)[]): readonly string[] | undefined {
    const names: string[] = [];
    for (const node of nodes) {
      const read = this.reads(node);
      if (read === undefined) return undefined;
      names.push(...read);
    }
    return names;
  }

  #ofCall(call: SyntaxNode): readonly string[] | undefined {
    const given = givenName(call, this.#helpers);
    if (given !== undefined) return this.reads(given.target);
    const callee = nodeIn(call, "callee");
    if (wrappedModule(call, this.#helpers) !== undefined) return [];
    if (!this.#marked.has(call.start) || callee === undefined) return undefined;
    const base = isFunction(callee) ? [] : chainBase(callee);
    const read = this.#all(nodesIn(call, "arguments"));
    return base === undefined || read === undefined ? undefined : [...base, ...read];
  }

  #ofClass(node: SyntaxNode): readonly string[] | undefined {
    const members = nodesIn(nodeIn(node, "body") ?? node, "body").flatMap((member): (SyntaxNode | undefined)[] => {
      if (member.type === "StaticBlock")
        return nodesIn(member, "body").filter((statement) => givenName(statement, this.#helpers) === undefined);
      const key = member.computed === true ? [nodeIn(member, "key")] : [];
      return [...key, ...(member.static === true && member.type === "PropertyDefinition" ? [nodeIn(member, "value")] : [])];
    });
    return this.#all([nodeIn(node, "superClass"), ...members]);
  }
}

/** Parts of an expression; a spread asks what it spreads for its members, so it is none of a kind known here. */
function partsOf(node: SyntaxNode): SyntaxNode[] {
  return ["elements", "expressions"]
    .flatMap((field) => [...nodesIn(node, field)])
    .concat(["argument", "left", "right", "test", "consequent", "alternate"].flatMap((field) => nodeIn(node, field) ?? []));
}

function membersOf(object: SyntaxNode): (SyntaxNode | undefined)[] {
  return nodesIn(object, "properties").flatMap((property) => {
    if (property.type !== "Property") return [property];
    return property.computed === true ? [nodeIn(property, "key"), nodeIn(property, "value")] : [nodeIn(property, "value")];
  });
}

/** The name that a chain of members begins with: `a` of `a.b.c`. */
function chainBase(node: SyntaxNode): readonly string[] | undefined {
  const name = identifierName(node);
  if (name !== undefined) return [name];
  const object = nodeIn(node, "object");
  return node.type === "MemberExpression" && object !== undefined ? chainBase(object) : undefined;
}
