import type { SyntaxNode } from "@lezer/common";

/** One name that an import statement binds. */
export interface PythonImport {
  /** Dots before the module's name: 1 is the package of the module itself. */
  readonly level: number;
  readonly module: string;
  /** What is taken from the module, "*" for everything; undefined where the module itself is bound. */
  readonly name?: string;
  readonly as?: string;
}

/** What an import statement binds, in its order. */
export function importsOf(statement: SyntaxNode, textOf: (node: SyntaxNode) => string): PythonImport[] {
  const tokens: string[] = [];
  for (let child = statement.firstChild; child !== null; child = child.nextSibling) {
    if (child.name !== "Comment" && child.name !== "(" && child.name !== ")") tokens.push(textOf(child));
  }
  const from = tokens[0] === "from" ? tokens.indexOf("import") : 0;
  const source = tokens.slice(1, Math.max(1, from)).join("");
  const module = source.replace(/^\.+/, "");
  const level = source.length - module.length;
  return bound(tokens.slice(from + 1)).map(({ name, as }) => {
    const alias = as === undefined ? {} : { as };
    return from === 0 ? { level: 0, module: name, ...alias } : { level, module, name, ...alias };
  });
}

/** The names of a list `a.b as c, d`. */
function bound(tokens: readonly string[]): { readonly name: string; readonly as?: string }[] {
  const text = tokens.map((token) => (token === "as" ? " as " : token)).join("");
  return text
    .split(",")
    .filter((part) => part !== "")
    .map((part) => {
      const [name = "", as] = part.split(" as ");
      return as === undefined ? { name } : { name, as };
    });
}

/** Functions that import, or look for, the module that their first argument names. */
const importers = new Set(["import_module", "find_spec"]);

/** Modules that find, load or read other code in ways that are not followed. */
const loaders = new Set(["builtins", "code", "codeop", "doctest", "imp", "inspect", "pkgutil", "pydoc", "runpy", "site", "zipimport"]);

/** Names by which code gets at modules, files or docstrings that no import names. */
const opaqueNames = new Set([
  "__builtins__",
  "__doc__",
  "__file__",
  "__import__",
  "__loader__",
  "__path__",
  "__spec__",
  "compile",
  "eval",
  "exec",
  "globals",
]);

/** Names that a method may have as well. */
const methods = new Set(["compile", "eval"]);

/** Members of `sys` that decide what an import finds. */
const importState = /^sys\.(meta_path|modules|path|path_hooks)$/;

/** Names by which a module learns its own. */
const ownNames = new Set(["__module__", "__name__", "__package__"]);

/** Why what an import brings cannot be followed; undefined where it can. */
export function opaqueImport({ module, name, as }: PythonImport): string | undefined {
  const [top = ""] = module.split(".");
  const whole = name === undefined ? module : `${module}.${name}`;
  if (loaders.has(top) || importState.test(whole)) return `import of ${whole}`;
  if (top !== "importlib") return undefined;
  const followed =
    name === undefined ? whole === "importlib" || whole === "importlib.util" : whole === "importlib.util" || importers.has(name);
  return followed && as === undefined ? undefined : `import of ${whole}`;
}

/** Why what a name gets at cannot be followed; undefined where it can. */
export function opaqueName(node: SyntaxNode, text: string): string | undefined {
  if (node.name === "MemberExpression") return importState.test(text.replaceAll(/\s/g, "")) ? text : undefined;
  if (opaqueNames.has(text)) return node.name === "PropertyName" && methods.has(text) ? undefined : text;
  return importers.has(text) && importerCall(node) === undefined ? text : undefined;
}

/** Whether a name is one by which a module learns its own, other than to see whether it was started. */
export function readsOwnName(node: SyntaxNode, text: string, textOf: (node: SyntaxNode) => string): boolean {
  if (!ownNames.has(text)) return false;
  // of a class, `__name__` is its own
  if (node.name === "PropertyName") return text === "__module__";
  return node.parent?.name !== "BinaryExpression" || !/^__name__\s*==\s*(["'])__main__\1$/.test(textOf(node.parent));
}

/** The text that names the module, where a name is that of an importer that is called with nothing else. */
export function importerCall(name: SyntaxNode): SyntaxNode | undefined {
  const callee = name.parent?.name === "MemberExpression" && name.name === "PropertyName" ? name.parent : name;
  const call = callee.parent;
  if (call?.name !== "CallExpression" || call.firstChild?.from !== callee.from) return undefined;
  const given = call.getChild("ArgList")?.getChildren("String") ?? [];
  const [only] = given;
  return given.length === 1 && only?.prevSibling?.name === "(" && only.nextSibling?.name === ")" ? only : undefined;
}

export function isImporter(name: string): boolean {
  return importers.has(name);
}
