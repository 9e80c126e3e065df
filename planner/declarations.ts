/** A file's part of a bundle, taken apart into what it declares at its top level. */
export interface Declarations {
  /** By name, the source's own where it can be told: the text of each, as esbuild prints it. */
  readonly named: ReadonlyMap<string, string>;
  /** Statements that declare nothing: what the module does when it is loaded, and what it imports. */
  readonly others: readonly string[];
}

const declared = /^(?:var|let|const|class|(?:async )?function\*?) (?<name>[\w$]+)/;
const assigned = /^(?<name>[\w$]+) = /;
/** Statements of esbuild's own making. */
const esbuilds = /^(?:__name|__export)\(|^export \{|^var [\w$]+(?:_exports = \{\})?;$|^"use strict";$/;
/** esbuild keeps the names of functions and classes that it had to rename. */
const keptName = /__name\((?:[\w$]+|this), "(?<name>[\w$]+)"\)|, "(?<arrow>[\w$]+)"\);$/;

/**
 * Take a file's part of a bundle apart.
 *
 * @param bundle the whole bundle: a name that others in it have too was given a number by esbuild.
 */
export async function declarationsOf(part: string, bundle: string): Promise<Declarations> {
  const { transform } = await import("esbuild");
  // printed without template literals, every statement begins a line, and nothing inside of one does
  const { code } = await transform(part, { loader: "js", format: "esm", target: "node24", supported: { "template-literal": false } });
  const named = new Map<string, string>();
  const others: string[] = [];
  for (const statement of statementsOf(code.split("\n"))) {
    if (esbuilds.test(statement)) continue;
    const name = (declared.exec(statement) ?? assigned.exec(statement))?.groups?.name;
    if (name === undefined) others.push(statement);
    else named.set(sourceName(name, statement, code, bundle), statement);
  }
  return { named, others };
}

/** The statements of a module as esbuild prints it; those of one that is loaded when it is needed stand inside of a function. */
function statementsOf(lines: readonly string[]): string[] {
  const statements: string[][] = [];
  for (const line of lines) {
    if (/^[^\s})\]]/.test(line)) statements.push([line]);
    else if (line !== "") statements.at(-1)?.push(line);
  }
  return statements.flatMap((statement) => {
    const isLate = /^var [\w$]+ = __esm\(\{ ".*"\(\) \{$/.test(statement[0] ?? "");
    return isLate ? statementsOf(statement.slice(1, -1).map((line) => line.replace(/^ {2}/, ""))) : [statement.join("\n")];
  });
}

function sourceName(name: string, statement: string, code: string, bundle: string): string {
  if (/_default\d*$/.test(name)) return "its default export";
  const kept = keptName.exec(statement)?.groups ?? {};
  const beside = new RegExp(`^__name\\(${name.replaceAll("$", "\\$")}, "([\\w$]+)"\\);$`, "m").exec(code)?.[1];
  const original = beside ?? (statement.includes("__name(") ? (kept.name ?? kept.arrow) : undefined);
  if (original !== undefined) return original;
  const base = name.replace(/\d+$/, "");
  return base !== name && base !== "" && new RegExp(`\\b(?:var|let|const|function|class) ${base.replaceAll("$", "\\$")}\\b`).test(bundle)
    ? base
    : name;
}
