import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Digest } from "../../schemas/digest.ts";
import { openStore, type Store } from "../../store/store.ts";
import { planSmall, smallProject, write } from "../../test/small-project.ts";
import { compareCode } from "./compare-code.ts";

let project: string;
let store: Store;
beforeEach(async () => {
  project = smallProject();
  store = await openStore({ directory: join(project, ".crisol", "store") });
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

async function codeOfFirst(): Promise<Digest> {
  const { plan } = await planSmall(project);
  return Digest.parse(plan.nodes[0]?.code);
}

const rewrite = (path: string, from: string | RegExp, to: string) => {
  const before = readFileSync(join(project, path), "utf8");
  const after = before.replace(from, to);
  if (before === after) throw new Error(`nothing to rewrite in ${path}`);
  write(project, path, after);
};

const run = "stages/first/run.ts";
const shout = "stages/first/shout.ts";
const mark = "stages/shared/mark.ts";

/** What changes, an edit, what is reported of it, and how the project was set up before. */
type Edit = readonly [what: string, edit: () => void, reported: string, setUp?: () => void];

const edits: readonly Edit[] = [
  ["a function", () => rewrite(shout, "toUpperCase()", "toUpperCase().trim()"), `${shout} changed (shout)`],
  ["the stage's own", () => rewrite(run, "limit = 10", "limit = 11"), `${run} changed (run)`],
  ["a constant, with both values", () => rewrite(mark, '"!"', '"!!"'), `${mark} changed (mark "!" -> "!!")`],
  ["a member of a constant", () => rewrite(run, "high: 2", "high: 3"), `${run} changed (bounds.high 2 -> 3)`, () => withTable()],
  [
    "a value of JSON",
    () => rewrite("stages/first/words.json", "hola", "buenas"),
    'stages/first/words.json changed (hello "hola" -> "buenas")',
  ],
  ["an item of JSON", () => rewrite("stages/first/words.json", "2]", "3]"), "stages/first/words.json changed (list[1] 2 -> 3)"],
  ["a class", () => rewrite(run, "return 1", "return 2"), `${run} changed (Teller)`, () => withTable()],
  ["a default export", () => rewrite(mark, "=> 1", "=> 2"), `${mark} changed (its default export)`, () => withDefault()],
  ["what is new", () => withHelper(), `${run} changed (greet added, run)`],
  ["what is gone", () => rewrite(run, / \+ greet\(\)/, ""), `${run} changed (run, greet removed)`, () => withHelper()],
  ["a file more", () => withFile(), `stages/first/extra.ts added, ${run} changed (run)`],
  [
    "a text of several lines",
    () => rewrite(shout, "b`", "c`"),
    `${shout} changed (shout)`,
    () => rewrite(shout, "+ mark", "+ mark + `a\nb`"),
  ],
  [
    "what is loaded when needed",
    () => rewrite("stages/shared/decorate.ts", '"*"', '"+"'),
    "stages/shared/decorate.ts changed (decorate)",
    () => withLate(),
  ],
  [
    "what a module does when it is loaded",
    () => rewrite(mark, "= 1;", "= 2;"),
    `${mark} changed (what it does when it is loaded)`,
    () => withEffect(),
  ],
  ["what is taken of Node", () => rewrite(run, "tmpdir()", "tmpdir() + sep"), `${run} changed (run)`, () => withNode()],
  ["a digit in a text", () => rewrite(mark, '"!1"', '"!2"'), `${mark} changed (mark "!1" -> "!2")`, () => rewrite(mark, '"!"', '"!1"')],
  ["many", () => rewrite(run, /\/\/ (\d)\n/g, "+ 1;\n"), `${run} changed (one, two, three and 2 more)`, () => withMany()],
  ["the file, not those whose names esbuild numbered differently", () => withClash(), `stages/first/extra.ts added, ${run} changed (run)`],
  [
    "a package that is bundled",
    () => rewrite("node_modules/pure-thing/index.js", "basename(text)", "text"),
    "package pure-thing changed",
    () => withPure(),
  ],
  [
    "the version of one that is not",
    () => rewrite("node_modules/native-leaf/package.json", "2.0.0", "2.0.1"),
    "native-leaf 2.0.0 -> 2.0.1 (locked: 2.0.0)",
  ],
];

test.each(edits.map(([what, edit, reported, setUp = () => undefined]) => ({ what, edit, reported, setUp })))(
  "$what is reported",
  async ({ edit, reported, setUp }) => {
    setUp();
    const before = await codeOfFirst();
    edit();
    expect(await compareCode(before, await codeOfFirst(), store)).toBe(reported);
  },
);

test("a package or a bundle that is gone is no obstacle", async () => {
  const before = await codeOfFirst();
  rewrite(shout, "toUpperCase()", "trim()");
  const now = await codeOfFirst();
  const { bundle } = JSON.parse((await store.blobs.readAll(before)).toString()) as { bundle: string };
  rmSync(await store.blobs.materialize(Digest.parse(bundle)));
  expect(await compareCode(before, now, store)).toBe("changed");
  rmSync(await store.blobs.materialize(before));
  expect(await compareCode(before, now, store)).toBe("changed");
});

function withTable(): void {
  rewrite(run, "/** Says", "const bounds = { low: 1, high: 2 };\nclass Teller {\n  tell() {\n    return 1;\n  }\n}\n\n/** Says");
  rewrite(run, "limit };", "limit, bounds, told: new Teller().tell() };");
}

function withDefault(): void {
  write(project, mark, "export default () => 1;\n");
  write(project, shout, 'import mark from "../shared/mark.ts";\nexport const shout = (text: string) => text + mark();\n');
}

function withHelper(): void {
  rewrite(run, "/** Says", "function greet() {\n  return 1;\n}\n\n/** Says");
  rewrite(run, "limit = 10", "limit = 10 + greet()");
}

function withFile(): void {
  write(project, "stages/first/extra.ts", "export const extra = 1;\n");
  rewrite(run, "limit = 10", "limit = extra");
  rewrite(run, "import {", 'import { extra } from "./extra.ts";\nimport {');
}

function withLate(): void {
  rewrite(run, "limit = 10", '{ decorate: limit } = await import("../shared/decorate.ts")');
}

function withEffect(): void {
  rewrite(mark, /$/, "globalThis.marks = 1;\n");
}

function withNode(): void {
  rewrite(run, "limit = 10", "limit = tmpdir()");
  rewrite(run, "import {", 'import { tmpdir } from "node:os";\nimport { sep } from "node:path";\nimport {');
}

function withMany(): void {
  const names = ["one", "two", "three", "four", "five"];
  rewrite(run, "/** Says", `${names.map((name, index) => `const ${name} = Math.abs(${index}) // ${index}\n`).join("")}\n/** Says`);
  rewrite(run, "limit = 10", `limit = ${names.join(" + ")}`);
}

function withClash(): void {
  write(project, "stages/first/extra.ts", "export const mark = Math.abs(1);\n");
  rewrite(run, "limit = 10", "limit = extra");
  rewrite(run, "import {", 'import { mark as extra } from "./extra.ts";\nimport {');
}

function withPure(): void {
  rewrite(run, "limit = 10", 'limit = pure("x")');
  rewrite(run, "import {", 'import { pure } from "pure-thing";\nimport {');
}
