import { bold, dim, red } from "../../system/text/styles.ts";
import type { CheckResult } from "../check/check-pipeline.ts";
import { withPlaces } from "../check/check-pipeline.ts";
import type { Diagnostic } from "../check/type-check.ts";

/**
 * The issues of a pipeline as text: each with its place and fix, the compiler's first.
 *
 * @see zod's prettifyError, on which it is modelled
 */
export function renderIssues({ issues, tsc = [] }: Partial<CheckResult>, folder: string = process.cwd()): string {
  const own = (issues ?? []).map((issue) => withPlaces(issue, folder));
  const blocks = [
    ...tsc.map(renderDiagnostic),
    ...own.map(({ message, path, fix }) =>
      [`${red("✖")} ${bold(message)}`, `  ${dim("→ at")} ${path.join(" › ")}`, `  ${dim("→ fix:")} ${fix}`].join("\n"),
    ),
  ];
  return blocks.join("\n\n");
}

/** A compiler's message without object types that are too long to read; the rest of the message says enough. */
export function shortenTypes(message: string): string {
  return message.replace(/'\{ [^']{100,} \}'/g, "'{ … }'");
}

/** What a `TypeError<"...">` in a compiler's message says is wrong: the rest of the message is about the type that says so. */
function wordsIn(message: string): string[] | undefined {
  const [, texts = ""] = /TypeError<("(?:[^"\\]|\\.)*"(?: \| "(?:[^"\\]|\\.)*")*)>/.exec(message) ?? [];
  const words = texts.split(' | "').map((text) => text.replace(/^"|"$/g, ""));
  return texts === "" ? undefined : words;
}

function renderDiagnostic({ file, line, column, code, message, source }: Diagnostic): string {
  const [first = "", ...more] = wordsIn(message) ?? shortenTypes(message).split("\n");
  const indent = source.length - source.trimStart().length;
  return [
    `${red("✖")} ${bold(first)}`,
    ...more,
    `  ${dim("→ at")} ${file}:${line}:${column} ${dim(`(${code})`)}`,
    `      ${source.trim()}`,
    `      ${" ".repeat(Math.max(0, column - 1 - indent))}${red("^")}`,
  ].join("\n");
}
