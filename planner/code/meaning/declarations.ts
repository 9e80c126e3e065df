import type { CodeMap } from "../../../schemas/code-map.ts";
import type { Json, JsonObject } from "../../../schemas/json.ts";
import { Program } from "./program.ts";
import { loadedLater, readSection, type Section, type Statement } from "./section.ts";
import { literalText, nodeIn, nodesIn, parseModule, type SyntaxNode, textIn } from "./syntax.ts";

/** What a bundle declares, or does when it is loaded, at the top level of a source file. */
export interface Declaration {
  /** The file as people call it. */
  readonly file: string;
  /** The source's own name for it, where that can be found out; undefined for what declares nothing. */
  readonly name: string | undefined;
  /** What it means, whatever the names inside of it are. */
  readonly text: string;
  /** Of a literal. */
  readonly value?: Json;
}

/** Everything that a bundle declares and does, with the files that it comes from; undefined when the bundle cannot be parsed. */
export async function declarationsIn(bundle: string, { parts }: Pick<CodeMap, "parts">): Promise<Declaration[] | undefined> {
  const lines = bundle.split("\n");
  const sections: Section[] = [];
  for (const [index, { line, file }] of parts.entries()) {
    const module = await parseModule(lines.slice(line, parts[index + 1]?.line).join("\n"));
    if (module === undefined) return undefined;
    sections.push({ input: file, line, module });
  }
  const program = new Program(sections, ({ module }, helpers) => readSection(module, helpers));
  return sections.flatMap((section) =>
    program.statementsIn(section).flatMap((statement) => {
      const inside = loadedLater(statement, program.helpers);
      return (inside.length === 0 ? [statement] : inside).map((one) => describe(one, section.input ?? "", program));
    }),
  );
}

function describe({ declares, node, text }: Statement, file: string, program: Program): Declaration {
  const value = node.type === "VariableDeclarator" ? literalValue(nodeIn(node, "init")) : undefined;
  const name = declares.length === 0 ? undefined : declares.map((one) => program.sourceName(one)).join(", ");
  return {
    file,
    name: name !== undefined && /_default\d*$/.test(name) ? "its default export" : name,
    text: text.parts
      .map((part) => (typeof part === "string" ? part : program.sourceName("name" in part ? part.name : part.nameOf)))
      .join(""),
    ...(value === undefined ? {} : { value }),
  };
}

/** The value of an expression of literals; undefined for another. */
function literalValue(node: SyntaxNode | undefined): Json | undefined {
  if (node === undefined) return undefined;
  switch (node.type) {
    case "Literal": {
      const { value } = node;
      return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : undefined;
    }
    case "UnaryExpression": {
      const value = literalValue(nodeIn(node, "argument"));
      return textIn(node, "operator") === "-" && typeof value === "number" ? -value : undefined;
    }
    case "ArrayExpression": {
      const values = nodesIn(node, "elements").map(literalValue);
      return values.some((value) => value === undefined) ? undefined : values.flatMap((value) => (value === undefined ? [] : [value]));
    }
    case "ObjectExpression": {
      const object: JsonObject = {};
      for (const property of nodesIn(node, "properties")) {
        const key = nodeIn(property, "key");
        const value = property.computed === true ? undefined : literalValue(nodeIn(property, "value"));
        if (key === undefined || value === undefined) return undefined;
        object[literalText(key) ?? textIn(key, "name")] = value;
      }
      return object;
    }
    default:
      return undefined;
  }
}
