/** Canonical texts of real code: equal however names and white space are, other for every change of what is said. Prints its seed. */
import { transform } from "esbuild";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { ingest } from "../../activities/data/ingest/stage.ts";
import { bundleStages } from "../../planner/code/bundle/bundle.ts";
import { BundleSections } from "../../planner/code/bundle/bundle-sections.ts";
import { canonicalText } from "../../planner/code/meaning/canonical-text.ts";
import { childrenOf, identifierName, nodeIn, parseModule, type SyntaxNode, textIn } from "../../planner/code/meaning/syntax.ts";
import { ExternalPackages } from "../../planner/code/packages/external-packages.ts";
import { stageEntry } from "../../planner/code/stage-entry.ts";
import { crisolFolder } from "../../system/package-folder.ts";

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const helpers = new Set(["__name", "__export", "__esm", "__commonJS", "__toESM", "__require", "__copyProps", "__defProp"]);

/** Sections of a bundle with zod, htmlparser2 and hundreds of functions of every form. */
let sections: string[];
beforeAll(async () => {
  const entry = { stage: "ingest", module: await stageEntry(ingest.spec) };
  const [bundle] = await bundleStages([entry], crisolFolder, new ExternalPackages());
  if (bundle === undefined) throw new Error("no bundle");
  const lines = bundle.text.split("\n");
  sections = bundle.map.parts
    .map(({ line }, index) => lines.slice(line, bundle.map.parts[index + 1]?.line).join("\n"))
    .filter((text) => text.length > 40 && !/^(import|export)\b|;export\{/.test(text));
}, 120_000);

async function textsOf(section: string): Promise<string[]> {
  const module = await parseModule(section);
  if (module === undefined) throw new Error(`not a module: ${section.slice(0, 80)}`);
  return module.body.map((node) => JSON.stringify(canonicalText(node, helpers).parts));
}

test("names of variables and white space do not count", async () => {
  expect(sections.length).toBeGreaterThan(60);
  for (const section of sections) {
    // functions of its own helpers have names that are not kept as those of the source are
    if (/\bvar __commonJS\s*=/.test(section)) continue;
    // esbuild renames what is bound inside of functions; the top level of a script stays as it is
    const { code } = await transform(section, { minifyIdentifiers: true, loader: "js", target: "node24" });
    expect(await textsOf(code)).toEqual(await textsOf(section));
  }
});

test("labels are names of their own: what they are called does not count, which one is meant does", async () => {
  const loop = (outer: string, inside: string, to: string) =>
    `const f = (a) => { ${outer}: for (const x of a) { ${inside}: for (const y of x) { if (y) continue ${to}; else break ${inside}; } } };`;
  const same = await textsOf(loop("outer", "inside", "outer"));
  expect(await textsOf(loop("a", "y", "a"))).toEqual(same);
  expect(await textsOf(loop("outer", "inside", "inside"))).not.toEqual(same);
});

/** An edit of a text that changes what it says. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

function editsOf(node: SyntaxNode): Edit[] {
  const own = (text: string): Edit[] => [{ start: node.start, end: node.end, text }];
  const inside = childrenOf(node).flatMap(editsOf);
  switch (node.type) {
    case "Literal":
      if (typeof node.value === "number") return own(`${node.value + 1}`);
      if (typeof node.value === "boolean") return own(`${!node.value}`);
      return node.value === null && textIn(node, "raw") === "null" ? own("0") : [];
    case "MemberExpression": {
      const property = node.computed === true ? undefined : nodeIn(node, "property");
      const isName = identifierName(property) !== undefined && property !== undefined;
      const object = nodeIn(node, "object");
      const edits = object === undefined ? [] : editsOf(object);
      return isName ? [...edits, { start: property.start, end: property.end, text: `${textIn(property, "name")}Other` }] : edits;
    }
    case "UnaryExpression":
      return textIn(node, "operator") === "!" ? [...inside, { start: node.start, end: node.start + 1, text: "~" }] : inside;
    case "ReturnStatement": {
      const argument = nodeIn(node, "argument");
      return argument === undefined ? [] : [...inside, { start: argument.start, end: argument.end, text: "undefinedOther" }];
    }
    case "ThrowStatement":
      return [...inside, { start: node.start, end: node.start + 5, text: "return" }];
    case "TemplateElement":
      return [];
    default:
      return inside;
  }
}

test("every change of a number, a member, an operator or a result counts", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.nat(), async (which, where) => {
      const section = sections[which % sections.length] ?? "";
      const module = await parseModule(section);
      const edits = (module?.body ?? []).flatMap(editsOf);
      const edit = edits[where % Math.max(1, edits.length)];
      if (edit === undefined) return;
      const edited = section.slice(0, edit.start) + edit.text + section.slice(edit.end);
      const changed = await textsOf(edited).catch(() => undefined);
      if (changed !== undefined)
        expect(changed, `${section.slice(edit.start - 40, edit.end + 40)} -> ${edit.text}`).not.toEqual(await textsOf(section));
    }),
    { seed, numRuns: 200 },
  );
});

test("a bundle is cut between its statements, though a text holds lines like esbuild's comments", async () => {
  const text = "// a.ts\nvar a = `\n// b.ts\n`;\n\n// b.ts\nvar b = 1;\n";
  const cut = await new BundleSections().cut(text, new Set(["a.ts", "b.ts"]));
  expect(cut.map(({ input, line }) => [input, line])).toEqual([
    [undefined, 0],
    ["a.ts", 1],
    ["b.ts", 6],
  ]);
});
