/** What may change a stage's key, and what must not: one edit of a small project each. */
import { cpSync, existsSync, readFileSync, renameSync, rmSync, symlinkSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { keysOf, planSmall, type SmallPipeline, smallProject, write } from "../small-project.ts";

interface Mutation {
  readonly name: string;
  readonly edit?: (project: string) => void;
  readonly pipeline?: SmallPipeline;
  /** Nodes whose keys must change; all others must not. */
  readonly changes: readonly string[];
}

const replace = (path: string, from: string | RegExp, to: string) => (project: string) => {
  const before = readFileSync(join(project, path), "utf8");
  const after = before.replace(from, to);
  if (before === after) throw new Error(`the mutation of ${path} changed nothing`);
  write(project, path, after);
};

const mutations: readonly Mutation[] = [
  // must not
  { name: "a comment", edit: replace("stages/first/run.ts", "/** Says", "/* other */\n// more\n/** Says"), changes: [] },
  {
    name: "a comment inside an expression",
    edit: replace("stages/first/shout.ts", "toUpperCase()", "toUpperCase(/* now */)"),
    changes: [],
  },
  { name: "a legal comment", edit: replace("stages/first/run.ts", "import {", "/*! (c) nobody @license */\nimport {"), changes: [] },
  {
    name: "formatting",
    edit: replace("stages/first/run.ts", "{ text: shout(words.hello), score", "{\n\n    text:   shout( words.hello, ),\n    score"),
    changes: [],
  },
  { name: "quotes and semicolons", edit: replace("stages/shared/mark.ts", 'mark = "!";', "mark = '!'"), changes: [] },
  { name: "line ends", edit: replace("stages/first/run.ts", /\n/g, "\r\n"), changes: [] },
  { name: "a type", edit: replace("stages/first/run.ts", "threshold: number", "threshold: number; other?: string"), changes: [] },
  { name: "a file of types", edit: replace("stages/first/context.ts", "name", "title"), changes: [] },
  { name: "white space in JSON", edit: replace("stages/first/words.json", '"hola", ', '"hola",\n\n   '), changes: [] },
  { name: "a helper that nothing calls", edit: replace("stages/first/shout.ts", "toLowerCase", "toLocaleLowerCase"), changes: [] },
  { name: "the order of parameters", pipeline: { params: { mode: "soft", threshold: 0.8 } }, changes: [] },
  { name: "the modification time of code", edit: (project) => utimesSync(join(project, "stages/first/run.ts"), 1, 1), changes: [] },
  { name: "the modification time of data", edit: (project) => utimesSync(join(project, "data/a.txt"), 1, 1), changes: [] },
  { name: "an unrelated file", edit: (project) => write(project, "stages/third/run.ts", "export const run = 3;\n"), changes: [] },
  { name: "an unrelated file beside the data", edit: (project) => write(project, "data/readme.md", "# data\n"), changes: [] },
  { name: "a dot-file among the data", edit: (project) => write(project, "data/.hidden.txt", "hidden\n"), changes: [] },
  {
    name: "a tsconfig.json",
    edit: (project) => write(project, "tsconfig.json", '{ "compilerOptions": { "target": "es5", "alwaysStrict": true } }'),
    changes: [],
  },
  { name: "the order of globs, and one that repeats", pipeline: { pattern: ["data/b.txt", "data/*.txt"] }, changes: [] },
  { name: "a comment in a bundled package", edit: replace("node_modules/pure-thing/index.js", "says it", "says more"), changes: [] },
  {
    name: "the version of a bundled package, with the same code",
    edit: replace("node_modules/pure-thing/package.json", "3.0.0", "3.0.1"),
    changes: [],
  },
  // must
  { name: "the body", edit: replace("stages/first/run.ts", "shout(words.hello)", "shout(shout(words.hello))"), changes: ["first"] },
  { name: "a constant", edit: replace("stages/first/run.ts", "limit = 10", "limit = 11"), changes: ["first"] },
  { name: "a helper", edit: replace("stages/first/shout.ts", "toUpperCase", "toLocaleUpperCase"), changes: ["first"] },
  { name: "a helper two imports deep", edit: replace("stages/shared/mark.ts", '"!"', '"!!"'), changes: ["first"] },
  { name: "white space in a text", edit: replace("stages/shared/mark.ts", '"!"', '" !"'), changes: ["first"] },
  {
    name: "the arguments of a function",
    edit: replace("stages/second/run.ts", "async () =>", "async (context: unknown) =>"),
    changes: ["second"],
  },
  { name: "an imported JSON value", edit: replace("stages/first/words.json", "hola", "buenas"), changes: ["first"] },
  {
    name: "the code of a bundled package",
    edit: replace("node_modules/pure-thing/index.js", "basename(text)", "basename(text) + 1"),
    changes: ["second"],
  },
  { name: "the locked version of an external", edit: replace("package-lock.json", '"1.0.0"', '"1.0.1"'), changes: ["first"] },
  {
    name: "the installed version of an external",
    edit: replace("node_modules/native-thing/package.json", '"1.0.0"', '"1.0.1"'),
    changes: ["first"],
  },
  {
    name: "the version of what an external needs",
    edit: replace("node_modules/native-leaf/package.json", "2.0.0", "2.0.1"),
    changes: ["first"],
  },
  { name: "the last digit of a parameter", pipeline: { params: { threshold: 0.8 + Number.EPSILON, mode: "soft" } }, changes: ["first"] },
  { name: "a byte of the data", edit: replace("data/b.txt", "b text", "b texT"), changes: ["first"] },
  { name: "a file more", edit: (project) => write(project, "data/c.txt", "c\n"), changes: ["first"] },
  { name: "a file less", edit: (project) => rmSync(join(project, "data/b.txt")), changes: ["first"] },
  {
    name: "a file renamed",
    edit: (project) => renameSync(join(project, "data/b.txt"), join(project, "data/c.txt")),
    changes: ["first"],
  },
  { name: "a runtime fact declared", pipeline: { runtime: ["node"] }, changes: ["first"] },
];

const folders: string[] = [];
/** A project whose files were written long enough ago for the cache of packages to trust their times. */
const fresh = async () => {
  const project = smallProject();
  folders.push(project);
  await setTimeout(80);
  return project;
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

test.each(mutations)("$name: changes the keys of $changes", async ({ edit, pipeline, changes }) => {
  const project = await fresh();
  const before = keysOf(await planSmall(project));
  expect(existsSync(join(project, ".crisol/cache/packages.json"))).toBe(true);
  edit?.(project);
  // with the cache of the first planning, so that a stale package would show
  const after = keysOf(await planSmall(project, pipeline));
  expect(Object.keys(before).filter((node) => before[node] !== after[node])).toEqual(changes);
  // and without any cache
  expect(keysOf(await planSmall(project, pipeline, join(project, ".other")))).toEqual(after);
});

test("the path of the checkout, and a link to it, change nothing", async () => {
  const project = await fresh();
  const before = await planSmall(project);
  const copy = await fresh();
  rmSync(copy, { recursive: true });
  cpSync(project, copy, { recursive: true, filter: (path) => !path.endsWith(".crisol") });
  expect((await planSmall(copy)).digest).toBe(before.digest);

  const link = `${copy}-link`;
  folders.push(link);
  symlinkSync(project, link);
  expect((await planSmall(link, {}, join(project, ".other"))).digest).toBe(before.digest);
});

test("a package that is a link, and now leads to other code, is seen", async () => {
  const project = await fresh();
  for (const [version, body] of Object.entries({ a: "text", b: "text + 1" })) {
    write(project, `versions/${version}/package.json`, '{ "name": "pure-thing", "version": "1.0.0", "main": "index.js" }');
    write(project, `versions/${version}/index.js`, `exports.pure = (text) => ${body};\n`);
  }
  const link = join(project, "node_modules/pure-thing");
  const keys = [];
  await setTimeout(80);
  for (const version of ["a", "b", "a"]) {
    rmSync(link, { recursive: true });
    symlinkSync(join(project, "versions", version), link);
    keys.push(keysOf(await planSmall(project)).second);
  }
  expect(keys[1]).not.toBe(keys[0]);
  expect(keys[2]).toBe(keys[0]);
});

test("an edit of the same length within the file system's clock tick is seen", async () => {
  const project = await fresh();
  for (let digit = 0; digit < 5; digit++) {
    write(project, "stages/second/run.ts", `export const run = async () => ${digit};\n`);
    const cached = keysOf(await planSmall(project));
    expect(cached).toEqual(keysOf(await planSmall(project, {}, join(project, `.other-${digit}`))));
  }
});

test("stages bundled together come out as they do alone", async () => {
  const project = await fresh();
  const together = keysOf(await planSmall(project));
  write(project, "stages/second/run.ts", "export const run = async () => 0;\n");
  const second = keysOf(await planSmall(project));
  expect(second.first).toBe(together.first);
  expect(second.second).not.toBe(together.second);
});
