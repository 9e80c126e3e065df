import { find, inner, type Scope } from "./bindings.ts";
import { givenName, type Helpers, wrappedModule } from "./esbuild-helpers.ts";
import { keyName, literal, privateName } from "./literal-values.ts";
import { assignedNames, boundNames, hoistedNames, isClass, isFunction, lexicalNames } from "./scopes.ts";
import { identifierName, isNode, nodeIn, nodesIn, type SyntaxNode, textIn } from "./syntax.ts";

/** A part of a canonical text: text, a name that is not bound in the statement, or the name that a function or class of the top level has. */
export type Part = string | { readonly name: string } | { readonly nameOf: string };

/** A statement written in the one form that all statements of its meaning share. */
export interface CanonicalText {
  readonly parts: readonly Part[];
  /** Names from outside of the statement that it assigns to. */
  readonly assigns: ReadonlySet<string>;
  /** Names that it gives to functions and classes from outside of it: what the source called them. */
  readonly givesNames: ReadonlyMap<string, string>;
}

/**
 * Write a statement (or a part of one) in canonical form: names bound in it are numbers, literals are values, and nothing else is left of how it was
 * written. The names that functions and classes have are kept, because a program can read them.
 */
export function canonicalText(node: SyntaxNode, helpers: Helpers): CanonicalText {
  const writer = new CanonicalWriter(helpers);
  writer.node(node, undefined);
  return { parts: joined(writer.parts), assigns: writer.assigns, givesNames: writer.givesNames };
}

/** Fields that hold places, or repeat what others say. */
const leftOut = new Set(["type", "start", "end", "range", "loc", "raw", "parent", "shorthand", "directive"]);

/** Nodes in which an identifier is a label. */
const labels = new Set(["LabeledStatement", "BreakStatement", "ContinueStatement"]);

/** Nodes that give a function without a name that of what it becomes the value of. */
const naming = new Set(["VariableDeclarator", "AssignmentExpression"]);

/** Nodes with a key, which is a name and no reference unless it is computed. */
const keyed: { readonly [type: string]: "key" | "property" } = {
  MemberExpression: "property",
  Property: "key",
  PropertyDefinition: "key",
  AccessorProperty: "key",
  MethodDefinition: "key",
};

/** What a function or class may be called. */
interface Names {
  /** The name that esbuild's helper gives it. */
  readonly given?: string | undefined;
  /** The name that it gets from where it stands, if it has none. */
  readonly inferred?: string | undefined;
}

class CanonicalWriter implements CanonicalText {
  readonly parts: Part[] = [];
  readonly assigns = new Set<string>();
  readonly givesNames = new Map<string, string>();
  readonly #helpers: Helpers;
  #numbered = 0;

  constructor(helpers: Helpers) {
    this.#helpers = helpers;
  }

  /** @param inferred the name that a function without one gets from where it stands. */
  node(node: SyntaxNode, scope: Scope | undefined, inferred?: string): void {
    for (const name of assignedNames(node)) if (find(scope, name) === undefined) this.assigns.add(name);
    const given = givenName(node, this.#helpers);
    const module = wrappedModule(node, this.#helpers);
    if (given !== undefined) this.#named(given, scope);
    else if (module !== undefined) this.#function(module, scope, { given: "" });
    else if (isFunction(node)) this.#function(node, scope, { inferred });
    else if (isClass(node)) this.#class(node, scope, { inferred });
    else if (node.type === "Identifier") this.#reference(textIn(node, "name"), scope);
    else if (node.type === "PrivateIdentifier") this.#reference(privateName(node), scope);
    else if (node.type === "Literal") this.parts.push(literal(node));
    else if (node.type === "TemplateLiteral") this.#template(node, scope, "cooked");
    else if (node.type === "TaggedTemplateExpression") this.#taggedTemplate(node, scope);
    else if (node.type in keyed) this.#keyed(node, scope);
    else if (labels.has(node.type)) this.#label(node, scope);
    else if (node.type === "MetaProperty") this.#metaProperty(node);
    else
      this.#fields(
        node,
        this.#scopeOf(node, scope),
        naming.has(node.type) ? identifierName(nodeIn(node, "id") ?? nodeIn(node, "left")) : undefined,
      );
  }

  /** The scope of what is inside of a node; of functions and classes, see there. */
  #scopeOf(node: SyntaxNode, scope: Scope | undefined): Scope | undefined {
    switch (node.type) {
      case "BlockStatement":
        return this.#block(scope, nodesIn(node, "body"));
      case "StaticBlock":
        return this.#block(inner(scope, hoistedNames(node)), nodesIn(node, "body"));
      case "SwitchStatement": {
        const statements = nodesIn(node, "cases").flatMap((one) => nodesIn(one, "consequent"));
        return this.#block(scope, statements);
      }
      case "ForStatement":
      case "ForInStatement":
      case "ForOfStatement":
        return this.#block(scope, [nodeIn(node, "init") ?? nodeIn(node, "left") ?? []].flat());
      case "CatchClause":
        return inner(scope, boundNames(nodeIn(node, "param")));
      default:
        return scope;
    }
  }

  /** The scope of a block, with what its statements say of functions' names. */
  #block(outer: Scope | undefined, statements: readonly SyntaxNode[]): Scope {
    const scope = inner(outer, lexicalNames(statements));
    for (const { target, name } of statements.flatMap((statement) => givenName(statement, this.#helpers) ?? [])) {
      const id = identifierName(target);
      const binding = id === undefined ? undefined : find(scope, id);
      if (binding !== undefined) binding.sourceName = name;
      else if (id !== undefined) this.givesNames.set(id, name);
    }
    return scope;
  }

  #reference(name: string, scope: Scope | undefined): void {
    const binding = find(scope, name);
    if (binding !== undefined) binding.number ??= this.#numbered++;
    this.parts.push(binding === undefined ? { name } : `$${binding.number}`);
  }

  #fields(node: SyntaxNode, scope: Scope | undefined, inferred?: string): void {
    this.parts.push(`${node.type}(`);
    for (const field of Object.keys(node).sort()) if (!leftOut.has(field)) this.#field([field, node[field]], scope, inferred);
    this.parts.push(")");
  }

  /** A field and its value; what is absent, false or empty is left out. */
  #field([field, value]: readonly [name: string, value: unknown], scope: Scope | undefined, inferred?: string): void {
    if (value === null || value === undefined || value === false || (Array.isArray(value) && value.length === 0)) return;
    this.parts.push(`${field}:`);
    if (isNode(value)) this.node(value, scope, inferred);
    else if (Array.isArray(value)) this.#list(value, scope);
    else this.parts.push(`${JSON.stringify(value)} `);
  }

  #list(items: readonly unknown[], scope: Scope | undefined): void {
    this.parts.push("[");
    for (const item of items) {
      if (isNode(item) && this.#isIdle(item)) continue;
      if (isNode(item)) this.node(item, scope);
      this.parts.push(",");
    }
    this.parts.push("]");
  }

  /** Statements without a meaning: empty ones, "use strict" (a module is strict), and names given back to functions. */
  #isIdle(node: SyntaxNode): boolean {
    if (node.type === "EmptyStatement" || node.directive === "use strict") return true;
    if (node.type === "StaticBlock") return nodesIn(node, "body").every((statement) => this.#isIdle(statement));
    return node.type === "ExpressionStatement" && givenName(node, this.#helpers) !== undefined;
  }

  #named({ target, name }: { readonly target: SyntaxNode; readonly name: string }, scope: Scope | undefined): void {
    if (isFunction(target)) this.#function(target, scope, { given: name });
    else if (isClass(target)) this.#class(target, scope, { given: name });
    else this.node(target, scope);
  }

  /** A label is seen by what it labels alone, and shares no name with a variable. */
  #label(node: SyntaxNode, scope: Scope | undefined): void {
    const label = identifierName(nodeIn(node, "label"));
    const name = label === undefined ? undefined : `label ${label}`;
    const inside = node.type === "LabeledStatement" && name !== undefined ? inner(scope, [name]) : scope;
    this.parts.push(`${node.type}(`);
    if (name !== undefined) this.#reference(name, inside);
    this.#field(["body", node.body], inside);
    this.parts.push(")");
  }

  #metaProperty(node: SyntaxNode): void {
    const names = ["meta", "property"].flatMap((field) => identifierName(nodeIn(node, field)) ?? []);
    this.parts.push(`${node.type}(${JSON.stringify(names)})`);
  }

  #keyed(node: SyntaxNode, scope: Scope | undefined): void {
    const field = keyed[node.type] ?? "key";
    const key = node.computed === true ? undefined : keyName(nodeIn(node, field));
    if (key === undefined) {
      // a computed key, or a private name, which only its class can see
      this.#fields(node, scope, "");
      return;
    }
    const { [field]: _, ...others } = node;
    const isMethod = node.type === "MethodDefinition" || node.method === true || ["get", "set"].includes(textIn(node, "kind"));
    this.parts.push(`${JSON.stringify(key)}=`);
    this.#fields({ ...others, type: node.type, start: node.start, end: node.end }, scope, isMethod ? "" : key);
  }

  #template(node: SyntaxNode, scope: Scope | undefined, form: "cooked" | "raw"): void {
    const texts = nodesIn(node, "quasis").map(({ value }) => {
      const text: unknown = typeof value === "object" && value !== null ? Reflect.get(value, form) : undefined;
      return typeof text === "string" ? JSON.stringify(text) : "_";
    });
    const expressions = nodesIn(node, "expressions");
    // a text without expressions is a text, whatever its quotes
    this.parts.push(texts[0] ?? "");
    for (const [index, expression] of expressions.entries()) {
      this.parts.push("+");
      this.node(expression, scope);
      this.parts.push(`+${texts[index + 1]}`);
    }
  }

  #taggedTemplate(node: SyntaxNode, scope: Scope | undefined): void {
    const quasi = nodeIn(node, "quasi");
    this.parts.push("Tagged(");
    this.#field(["tag", node.tag], scope);
    if (quasi !== undefined) this.#template(quasi, scope, "raw");
    this.parts.push(")");
  }

  #function(node: SyntaxNode, scope: Scope | undefined, names: Names): void {
    this.parts.push(`${node.type}(`);
    const own = this.#identity(node, scope, names);
    for (const flag of ["async", "generator"]) if (node[flag] === true) this.parts.push(`${flag} `);
    const parameters = nodesIn(node, "params").flatMap(boundNames);
    const ofParameters = inner(own, parameters);
    this.#field(["params", node.params], ofParameters);
    const body = nodeIn(node, "body");
    if (body?.type === "BlockStatement") {
      // a variable with a parameter's name is that parameter
      const variables = hoistedNames(body).filter((name) => !parameters.includes(name));
      this.#fields(body, this.#block(inner(ofParameters, variables), nodesIn(body, "body")));
    } else if (body !== undefined) this.node(body, ofParameters);
    this.parts.push(")");
  }

  #class(node: SyntaxNode, scope: Scope | undefined, { given, inferred }: Names): void {
    const body = nodeIn(node, "body");
    const blocks = nodesIn(body ?? node, "body").filter(({ type }) => type === "StaticBlock");
    const inBlock = blocks.flatMap((block) =>
      nodesIn(block, "body").flatMap((statement) => givenName(statement, this.#helpers)?.name ?? []),
    )[0];
    this.parts.push("Class(");
    const own = this.#identity(node, scope, { given: given ?? inBlock, inferred });
    this.#field(["extends", node.superClass], own);
    const keys = nodesIn(body ?? node, "body").flatMap((member) => nodeIn(member, "key") ?? []);
    const privateNames = keys.flatMap((key) => (key.type === "PrivateIdentifier" ? [privateName(key)] : []));
    if (body !== undefined) this.#fields(body, inner(own, privateNames));
    this.parts.push(")");
  }

  /** Write the name that a function or class has, and for a declaration what it binds; the scope in which an expression sees its own name. */
  #identity(node: SyntaxNode, scope: Scope | undefined, { given, inferred }: Names): Scope | undefined {
    const id = identifierName(nodeIn(node, "id"));
    if (id === undefined || !node.type.endsWith("Declaration")) {
      this.parts.push(`${JSON.stringify(given ?? id ?? inferred ?? "")} `);
      return id === undefined ? scope : inner(scope, [id]);
    }
    const binding = find(scope, id);
    if (given !== undefined) this.parts.push(`${JSON.stringify(given)} `);
    else this.parts.push(binding === undefined ? { nameOf: id } : `${JSON.stringify(binding.sourceName ?? id)} `);
    this.#reference(id, scope);
    return scope;
  }
}

/** Parts with neighbouring texts joined. */
function joined(parts: readonly Part[]): Part[] {
  const joined: Part[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (typeof part === "string" && typeof last === "string") joined[joined.length - 1] = last + part;
    else joined.push(part);
  }
  return joined;
}
