/** What a Python module means, without how it is written: comments, docstrings, layout and the order of imports are not in it. */
import type { SyntaxNode } from "@lezer/common";
import { parser } from "@lezer/python";
import { importerCall, importsOf, isImporter, opaqueImport, opaqueName, type PythonImport, readsOwnName } from "./trainer-imports.ts";
import { type Piece, piecesOf, tightPieces } from "./trainer-layout.ts";
import { literalParts, pythonLiteral, withoutQuoteEscapes } from "./trainer-literals.ts";
import { isTypeChecking, usesTypeChecking } from "./trainer-type-checking.ts";

/** A syntax tree of tokens, in which what is imported still goes by its name. */
export type Form = string | readonly Form[] | ImportRun | NamedModule;

/** Import statements in a row. */
export interface ImportRun {
  readonly imports: readonly PythonImport[];
}

/** A text that names a module. */
export interface NamedModule {
  readonly module: string;
  /** Whether the text is only there to import the module. */
  readonly imported: boolean;
}

/** A module, read by itself. */
export interface PythonModule {
  /** Its statements. */
  readonly form: readonly Form[];
  /** What it imports when it runs, wherever in it. */
  readonly imports: readonly PythonImport[];
  /** Modules that its texts name. */
  readonly named: readonly string[];
  /** Why it is not known what it needs. */
  readonly opaque?: string;
  /** Whether it reads its own name. */
  readonly readsItsName: boolean;
}

const blocks = new Set(["Script", "Body", "StatementGroup"]);

/**
 * Read a module of Python.
 *
 * @param named says whether a text is the name of a module of the package, or begins like one ("?").
 */
export function readPython(source: string, named: (text: string) => boolean | "?"): PythonModule {
  const text = source.replaceAll("\r\n", "\n");
  const reader = new Reader(text, named);
  const { topNode } = parser.parse(text);
  reader.typesOnly = usesTypeChecking(topNode, reader.textOf);
  const form = reader.block(topNode);
  const { imports, opaque, readsItsName } = reader;
  return { form, imports, named: [...reader.named], readsItsName, ...(opaque === undefined ? {} : { opaque }) };
}

class Reader {
  readonly imports: PythonImport[] = [];
  readonly named = new Set<string>();
  opaque: string | undefined;
  readsItsName = false;
  /** Whether `TYPE_CHECKING` is that of `typing`. */
  typesOnly = false;
  readonly #text: string;
  readonly #named: (text: string) => boolean | "?";

  constructor(text: string, named: (text: string) => boolean | "?") {
    this.#text = text;
    this.#named = named;
  }

  readonly textOf = (node: SyntaxNode): string => this.#text.slice(node.from, node.to);

  /** The statements of a block. */
  block(node: SyntaxNode): Form[] {
    const forms: Form[] = [];
    let run: PythonImport[] = [];
    const endRun = () => {
      if (run.length > 0) forms.push({ imports: run });
      run = [];
    };
    const statements = this.#statements(node);
    if (holdsDocstring(node) && statements[0] !== undefined && isDocstring(statements[0])) statements.shift();
    for (const statement of statements) {
      if (typeof statement !== "string" && statement.name === "ImportStatement") {
        run.push(...this.#imports(statement));
        continue;
      }
      const form = typeof statement === "string" ? statement : this.#form(statement);
      if (form === undefined) continue;
      endRun();
      forms.push(form);
    }
    endRun();
    return forms;
  }

  #statements(node: SyntaxNode): Piece[] {
    return piecesOf(node, this.#text).flatMap((piece) => {
      if (typeof piece === "string") return [piece];
      if (piece.name === ":" || piece.name === ";") return [];
      return piece.name === "StatementGroup" ? this.#statements(piece) : [piece];
    });
  }

  #imports(statement: SyntaxNode): PythonImport[] {
    for (let child = statement.firstChild; child !== null; child = child.nextSibling) this.#lookForErrors(child);
    const found = importsOf(statement, this.textOf);
    for (const each of found) this.opaque ??= opaqueImport(each);
    this.imports.push(...found);
    return found;
  }

  /** What a node means; undefined for nothing. */
  #form(node: SyntaxNode): Form | undefined {
    this.#look(node);
    if (blocks.has(node.name)) return [node.name, ...this.block(node)];
    if (node.name === "String") return this.#string(node);
    if (node.name === "ContinuedString") return this.#strings(node);
    if (node.name === "FormatString") return this.#formatString(node);
    // white space counts in it
    if (node.name === "FormatSpec") return [node.name, this.textOf(node), ...this.#forms(node.getChildren("FormatReplacement"))];
    if (node.name === "Number") return this.textOf(node).toLowerCase();
    if (node.name === "IfStatement" && this.#isTypesOnly(node)) return this.#otherBranches(node);
    if (node.firstChild === null) return this.textOf(node);
    return [node.name, ...this.#forms(tightPieces(node, this.#text))];
  }

  #forms(pieces: readonly Piece[]): Form[] {
    return pieces.map((piece) => (typeof piece === "string" ? piece : this.#form(piece))).filter((form) => form !== undefined);
  }

  #string(node: SyntaxNode): Form {
    const literal = pythonLiteral(this.textOf(node));
    if (literal === undefined) return ["String", this.textOf(node)];
    return this.#literal(literal.kind, literal.value, node);
  }

  #literal(kind: string, value: string, node: SyntaxNode): Form {
    const known = this.#named(value);
    const imported = isImported(node, this.textOf);
    if (known === "?") this.opaque ??= `the text "${value}"`;
    if (known === true) this.named.add(value);
    else if (imported) this.imports.push({ level: 0, module: value });
    return ["String", kind, known === true ? { module: value, imported } : value];
  }

  /** Literals in a row are one, as far as it is known what they hold. */
  #strings(node: SyntaxNode): Form {
    const pieces = piecesOf(node, this.#text);
    const literals = pieces.map((piece) =>
      typeof piece !== "string" && piece.name === "String" ? pythonLiteral(this.textOf(piece)) : undefined,
    );
    const [first] = literals;
    if (first === undefined || literals.some((literal) => literal?.kind !== first.kind)) return [node.name, ...this.#forms(pieces)];
    return this.#literal(first.kind, literals.map((literal) => literal?.value ?? "").join(""), node);
  }

  #formatString(node: SyntaxNode): Form {
    const source = this.textOf(node);
    const { prefix, quotes } = literalParts(source);
    const forms: Form[] = [];
    let text = "";
    let at = node.from + prefix.length + quotes.length;
    const end = node.to - quotes.length;
    const endText = (to: number) => {
      text += this.#text.slice(at, to);
      if (forms.length === 0 && this.#named(text) !== false) this.opaque ??= `the text ${source}`;
      forms.push(prefix.includes("r") ? text : withoutQuoteEscapes(text));
      text = "";
    };
    for (const replacement of node.getChildren("FormatReplacement")) {
      endText(replacement.from);
      at = replacement.to;
      // `{x = }` shows the expression as it is written
      const form = this.#form(replacement);
      forms.push(replacement.getChild("FormatSelfDoc") === null ? (form ?? "") : this.textOf(replacement));
    }
    endText(end);
    return [node.name, [...prefix].sort().join(""), ...forms];
  }

  #isTypesOnly(node: SyntaxNode): boolean {
    const [, condition] = piecesOf(node, this.#text);
    return this.typesOnly && condition !== undefined && typeof condition !== "string" && isTypeChecking(condition, this.textOf);
  }

  /** What is left of an `if TYPE_CHECKING:` when the program runs. */
  #otherBranches(node: SyntaxNode): Form | undefined {
    const [, , , ...others] = piecesOf(node, this.#text);
    return others.length === 0 ? undefined : ["IfStatement", "TYPE_CHECKING", ...this.#forms(others)];
  }

  /** Whether a node gets at something that cannot be followed. */
  #look(node: SyntaxNode): void {
    const text = node.name === "VariableName" || node.name === "PropertyName" || node.name === "MemberExpression" ? this.textOf(node) : "";
    if (text !== "") {
      this.opaque ??= opaqueName(node, text);
      this.readsItsName ||= readsOwnName(node, text, this.textOf);
    }
    this.#lookForErrors(node);
  }

  #lookForErrors(node: SyntaxNode): void {
    // the parser misses something after a bare `yield`, and in a pattern without arguments, where there is nothing to miss
    const harmless = node.from === node.to && (node.parent?.name.startsWith("Yield") || node.parent?.name === "LiteralPattern");
    if (node.type.isError && !harmless) this.opaque ??= `a syntax error at character ${node.from}`;
  }
}

function holdsDocstring(node: SyntaxNode): boolean {
  return node.name === "Script" || node.parent?.name === "FunctionDefinition" || node.parent?.name === "ClassDefinition";
}

function isDocstring(statement: Piece): boolean {
  if (typeof statement === "string" || statement.name !== "ExpressionStatement") return false;
  const only = statement.firstChild;
  if (only === null || only.nextSibling !== null) return false;
  return only.name === "String" || (only.name === "ContinuedString" && only.getChild("FormatString") === null);
}

/** Whether a literal is the argument of `import_module` or its like. */
function isImported(literal: SyntaxNode, textOf: (node: SyntaxNode) => string): boolean {
  const callee = literal.parent?.name === "ArgList" ? literal.parent.parent?.firstChild : null;
  const name = callee?.name === "MemberExpression" ? callee.lastChild : callee;
  return name !== null && name !== undefined && isImporter(textOf(name)) && importerCall(name)?.from === literal.from;
}
