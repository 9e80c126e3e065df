/** The parts of README.md and of the pages in docs/ that are generated from code: `node test/types/write-language-page.ts` writes them, a test compares them. */
import { readFileSync } from "node:fs";
import { extname, join } from "node:path";
import * as stages from "crisol/stages";
import { z } from "zod";
import type { OutputSpec, PortSpec, StageSpec } from "../../dsl/graph/graph.ts";
import { crisolFolder } from "../../system/package-folder.ts";
import { type Mistake, mistakes } from "./mistakes.ts";

/** The pages with such parts. */
export const pages = ["README.md", "docs/language.md", "docs/stages.md"].map((path) => join(crisolFolder, path));

/** The page with every marked part regenerated. @throws Error for an unknown mark. */
export function renderPage(page: string): string {
  return page.replace(
    /<!-- begin (.+?) -->\n[\s\S]*?<!-- end -->/g,
    (_, mark: string) => `<!-- begin ${mark} -->\n${part(mark)}<!-- end -->`,
  );
}

function part(mark: string): string {
  const [kind, path] = mark.split(" ");
  if (kind === "file" && path !== undefined) return fence(extname(path).slice(1), readFileSync(join(crisolFolder, path), "utf8"));
  if (kind === "stages") return stagesTable();
  if (kind === "mistakes") return mistakes.map(mistakeText).join("\n");
  throw new Error(`nothing generates "${mark}"`);
}

function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\`\n`;
}

function stagesTable(): string {
  // a module's namespace is in order of name in Node, and in order of export where vitest transforms it
  const specs = Object.values(stages).map(({ spec }) => spec);
  const rows = specs
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((spec) => {
      const cells = [
        `\`${spec.name}\`: ${spec.summary}`,
        spec.inputs.map(inputText).join("<br>"),
        spec.outputs.map((output) => outputText(output, spec)).join("<br>"),
        paramsText(spec),
      ];
      return `| ${cells.join(" | ")} |`;
    });
  return `${["| stage | takes | gives | parameters (and defaults) |", "|---|---|---|---|", ...rows].join("\n")}\n`;
}

function inputText({ name, kind, facts, tokenizer, takes }: PortSpec): string {
  const same = tokenizer === undefined ? "" : `, same tokenizer as \`${tokenizer}\``;
  const many = takes === undefined ? "" : takes === "many" ? "a list of " : "optional ";
  return `\`${name}\`: ${many}${kind}${facts.length > 0 ? ` ${facts.join(", ")}` : ""}${same}`;
}

function outputText({ name, kind, adds, from }: OutputSpec, spec: StageSpec): string {
  const facts = [...(from === undefined ? [] : ["…"]), ...adds.map((fact) => `+${fact}`)].join(" ");
  return `${spec.outputs.length > 1 ? `\`${name}\`: ` : ""}${kind}${facts === "" ? "" : ` ${facts}`}`;
}

/** The names of parameters, with the defaults that are short enough to show; in bold what must be given. */
function paramsText(spec: StageSpec): string {
  return Object.entries(spec.params.shape)
    .map(([name, schema]) => {
      if (schema._zod.optin === undefined) return `**\`${name}\`**`;
      const value = JSON.stringify(z.safeParse(schema, undefined).data);
      return value === undefined || value.length > 20 ? `\`${name}\`` : `\`${name}\` ${value}`;
    })
    .join(", ");
}

function mistakeText({ file, title, tsc, issues }: Mistake): string {
  const source = readFileSync(join(crisolFolder, "test", "types", "cases", file), "utf8").split("\n");
  const said = [
    ...tsc.map(({ line, text }) => `${(source[line - 1] ?? "").trim()}\n\n✖ ${text}`),
    ...issues.map(({ at, message, fix }) => `✖ ${message}\n${at === "" ? "" : `  at ${at}\n`}  fix: ${fix}`),
  ];
  return `**${title}** ([${file}](../test/types/cases/${file}))\n\n${fence("text", said.join("\n\n"))}`;
}
