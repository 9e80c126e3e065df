import type { Json, JsonObject } from "../schemas/json.ts";
import { compareParameters } from "./compare-parameters.ts";
import { type Declarations, declarationsOf } from "./declarations.ts";

/** A file's part of a bundle, in the bundle that it stands in. */
export interface FilePart {
  readonly part: string;
  readonly bundle: string;
}

/** How two parts of one file differ. */
export interface PartDifference {
  /** Which declarations of it, the constants with both values: `["limit 10 -> 11", "shout", "whisper added"]`. Empty: there is no telling. */
  readonly declarations: readonly string[];
  /** It reads as before but for numbers at the end of names, which esbuild gave anew because of another file. */
  readonly renamedOnly: boolean;
}

/** What differs between two parts of one file: the declarations at its top level. */
export async function compareDeclarations(before: FilePart, now: FilePart): Promise<PartDifference> {
  const [was, is] = await Promise.all([declarationsOf(before.part, before.bundle), declarationsOf(now.part, now.bundle)]);
  const differing = [...new Set([...is.named.keys(), ...was.named.keys()])].filter((name) => was.named.get(name) !== is.named.get(name));
  const real = differing.filter((name) => unnumbered(was.named.get(name)) !== unnumbered(is.named.get(name)));
  const othersDiffer = unnumbered(was.others.join("\n")) !== unnumbered(is.others.join("\n"));
  const renamedOnly = real.length === 0 && !othersDiffer;
  const told = renamedOnly ? differing : real;
  return {
    declarations: [...told.flatMap((name) => compareDeclaration(name, was, is)), ...(othersDiffer ? describeOthers(was, is) : [])],
    renamedOnly,
  };
}

function compareDeclaration(name: string, was: Declarations, is: Declarations): string[] {
  const before = was.named.get(name);
  const now = is.named.get(name);
  if (before === undefined) return [`${name} added`];
  if (now === undefined) return [`${name} removed`];
  const [old, current] = [literalOf(before), literalOf(now)];
  if (old === undefined || current === undefined) return [name];
  const isJson = name === "its default export" && isObject(old) && isObject(current);
  return isJson ? compareParameters(old, current) : compareParameters({ [name]: old }, { [name]: current });
}

function describeOthers(was: Declarations, is: Declarations): string[] {
  const imports = (declarations: Declarations) => declarations.others.filter((statement) => statement.startsWith("import ")).join("\n");
  return [imports(was) === imports(is) ? "what it does when it is loaded" : "its imports"];
}

/** The value of a declaration that is a literal. */
function literalOf(declaration: string): Json | undefined {
  const text = /^(?:(?:var|let|const) )?[\w$]+ = ([^\n]*);$/.exec(declaration)?.[1];
  if (text === undefined) return undefined;
  const json = text.replace(
    /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?<key>[A-Za-z_$][\w$]*)(?=: )|(?<![\w.])\.(?=\d)/g,
    (token: string, key: string | undefined) => {
      if (key !== undefined) return `"${key}"`;
      if (token === ".") return "0.";
      return token.startsWith("'") ? `"${token.slice(1, -1).replaceAll("\\'", "'").replaceAll('"', '\\"')}"` : token;
    },
  );
  try {
    return JSON.parse(json) as Json;
  } catch {
    return undefined;
  }
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A text without the numbers at the end of names, which esbuild gives where two modules use one name; texts and members keep theirs. */
function unnumbered(text: string | undefined): string | undefined {
  return text?.replace(
    /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?<![.\w$])(?<name>[A-Za-z_$][\w$]*?)\d+\b(?!:)/g,
    (token: string, name: string | undefined) => name ?? token,
  );
}
