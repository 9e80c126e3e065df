import { type CanonicalText, canonicalText } from "./canonical-text.ts";
import { filledNamespace, givenName, type Helpers, wrappedModule } from "./esbuild-helpers.ts";
import { Purity } from "./purity.ts";
import { declaredNames, hoistedNames, isClass } from "./scopes.ts";
import { identifierName, literalText, nodeIn, nodesIn, type ParsedModule, type SyntaxNode, textIn } from "./syntax.ts";

/** A part of a bundle that comes from one input; undefined: the bundler's own helpers. */
export interface Section {
  readonly input: string | undefined;
  /** Line of the bundle that it begins at, from 0. */
  readonly line: number;
  readonly module: ParsedModule;
}

/** A statement at the top level of a bundle; a declaration of several variables is several. */
export interface Statement {
  readonly node: SyntaxNode;
  readonly declares: readonly string[];
  readonly text: CanonicalText;
  /** The names it reads, where nothing else decides its result; undefined: it matters when it is run. */
  readonly reads: readonly string[] | undefined;
}

/** What a name is that a bundle imports and does not contain. */
export interface Imported {
  readonly from: string;
  /** Undefined: all of it. */
  readonly name: string | undefined;
}

/** The contents of a section: names are those of the bundle's top level. */
export interface SectionContent {
  readonly statements: readonly Statement[];
  readonly imports: ReadonlyMap<string, Imported>;
  /** Exported names, and what they stand for. */
  readonly exports: ReadonlyMap<string, string>;
  /** What fills the objects of namespaces (`import * as`), by their names. */
  readonly filledBy: ReadonlyMap<string, Statement>;
  /** What the source calls functions and classes. */
  readonly sourceNames: ReadonlyMap<string, string>;
}

/** Read a section of a bundle. */
export function readSection(module: ParsedModule, helpers: Helpers): SectionContent {
  const reader = new SectionReader(module, helpers);
  for (const node of module.body) reader.read(node);
  return reader;
}

/** Names that a statement of the top level declares in its own words. */
export function namesDeclared(node: SyntaxNode): string[] {
  if (node.type === "VariableDeclaration") return declaredNames(node);
  const name = node.type === "FunctionDeclaration" || isClass(node) ? identifierName(nodeIn(node, "id")) : undefined;
  return name === undefined ? [] : [name];
}

/** What a module does that is loaded when it is needed, if a statement declares one: its variables are assigned there. */
export function loadedLater({ node }: Statement, helpers: Helpers): Statement[] {
  const module = wrappedModule(nodeIn(node, "init"), helpers);
  const body = module && nodeIn(module, "body");
  if (node.type !== "VariableDeclarator" || body === undefined) return [];
  return nodesIn(body, "body").flatMap((statement) => {
    if (givenName(statement, helpers) !== undefined) return [];
    const assignment = nodeIn(statement, "expression");
    const id = assignment?.type === "AssignmentExpression" ? nodeIn(assignment, "left") : undefined;
    const name = identifierName(id);
    const inside: SyntaxNode = name === undefined ? statement : { ...statement, type: "VariableDeclarator", id, init: assignment?.right };
    return [{ node: inside, declares: name === undefined ? [] : [name], text: canonicalText(inside, helpers), reads: undefined }];
  });
}

class SectionReader implements SectionContent {
  readonly statements: Statement[] = [];
  readonly imports = new Map<string, Imported>();
  readonly exports = new Map<string, string>();
  readonly filledBy = new Map<string, Statement>();
  readonly sourceNames = new Map<string, string>();
  readonly #helpers: Helpers;
  readonly #purity: Purity;

  constructor(module: ParsedModule, helpers: Helpers) {
    this.#helpers = helpers;
    this.#purity = new Purity(module, helpers);
  }

  read(node: SyntaxNode): void {
    switch (node.type) {
      case "ImportDeclaration":
        this.#readImport(node);
        break;
      case "ExportNamedDeclaration":
        for (const specifier of nodesIn(node, "specifiers")) {
          this.exports.set(exportedName(nodeIn(specifier, "exported")), identifierName(nodeIn(specifier, "local")) ?? "");
        }
        if (nodeIn(node, "source") !== undefined) this.#add(node, [], undefined);
        break;
      case "VariableDeclaration":
        for (const declarator of nodesIn(node, "declarations")) {
          const isPlain = identifierName(nodeIn(declarator, "id")) !== undefined;
          const reads = isPlain ? this.#purity.reads(nodeIn(declarator, "init")) : undefined;
          this.#add(declarator, declaredNames({ ...node, declarations: [declarator] }), reads);
        }
        break;
      case "FunctionDeclaration":
        this.#add(node, namesDeclared(node), []);
        break;
      case "ClassDeclaration":
        this.#add(node, namesDeclared(node), this.#purity.reads(node));
        break;
      case "EmptyStatement":
        break;
      default:
        this.#readOther(node);
    }
  }

  #add(node: SyntaxNode, declares: readonly string[], reads: readonly string[] | undefined): Statement {
    const statement = { node, declares, text: canonicalText(node, this.#helpers), reads };
    this.statements.push(statement);
    for (const [name, source] of statement.text.givesNames) this.sourceNames.set(name, source);
    return statement;
  }

  #readImport(node: SyntaxNode): void {
    const from = literalText(nodeIn(node, "source")) ?? "";
    const specifiers = nodesIn(node, "specifiers");
    for (const specifier of specifiers) {
      const imported = nodeIn(specifier, "imported");
      const name = specifier.type === "ImportDefaultSpecifier" ? "default" : imported && exportedName(imported);
      this.imports.set(identifierName(nodeIn(specifier, "local")) ?? "", { from, name });
    }
    if (specifiers.length === 0) this.#add(node, [], undefined);
  }

  #readOther(node: SyntaxNode): void {
    const given = givenName(node, this.#helpers);
    const target = identifierName(given?.target);
    const filled = filledNamespace(node, this.#helpers);
    if (given !== undefined && target !== undefined) this.sourceNames.set(target, given.name);
    else if (filled !== undefined) this.filledBy.set(filled.name, this.#add(filled.members, [], []));
    else this.#add(node, hoistedNames(node), undefined);
  }
}

/** An exported name may be a text: `export { a as "b c" }`. */
function exportedName(node: SyntaxNode | undefined): string {
  return node === undefined ? "" : (literalText(node) ?? textIn(node, "name"));
}
