import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isCrisolError } from "../../../schemas/error.ts";
import { smallProject, write } from "../../../test/small-project.ts";
import { ExternalPackages } from "../packages/external-packages.ts";
import { bundleStages } from "./bundle.ts";

let project: string;
beforeEach(() => {
  project = smallProject();
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

async function bundle(stage: string, packages = new ExternalPackages()) {
  const module = `export{run}from${JSON.stringify(join(project, `stages/${stage}/run.ts`))}`;
  const [made] = await bundleStages([{ stage, module }], project, packages);
  if (made === undefined) throw new Error("no bundle");
  return made;
}

/** Import a bundle from a place of its own and call its `run`. */
async function runBundle(text: string): Promise<unknown> {
  write(project, "elsewhere/bundle.mjs", text);
  const { run } = await import(/* @vite-ignore */ pathToFileURL(join(project, "elsewhere/bundle.mjs")).href);
  return run();
}

async function refusal(stage: string): Promise<string> {
  try {
    await bundle(stage);
  } catch (error) {
    if (isCrisolError(error) && error.parts.code === "PIPELINE_INVALID") return error.parts.where;
    throw error;
  }
  throw new Error("not refused");
}

test("names every file that is in it, with what it contributes, and no path of this machine", async () => {
  const { text, map, inputs } = await bundle("first");
  const lines = text.split("\n");
  const parts = map.parts.map(({ file, line }, index) => [
    file?.slice(project.length + 1),
    lines.slice(line, map.parts[index + 1]?.line).join(),
  ]);
  expect(parts).toEqual([
    [undefined, expect.stringContaining("__name")],
    ["stages/shared/mark.ts", expect.stringContaining('"!"')],
    ["stages/first/shout.ts", expect.stringContaining("toUpperCase")],
    ["stages/first/words.json", expect.stringContaining("hola")],
    ["stages/first/run.ts", expect.stringContaining("limit=10")],
  ]);
  expect(text).not.toContain(project);
  expect(text).not.toMatch(/\/\/|\/\*| {2}/);
  expect(inputs).toContain(join(project, "stages/first/words.json"));
});

test("packages with native parts stay outside, with their whole closure", async () => {
  const packages = new ExternalPackages();
  const { text, externals } = await bundle("first", packages);
  expect(text).toContain('from"native-thing"');
  expect(packages.closure(externals)).toEqual({
    versions: { "native-leaf": "2.0.0", "native-thing": "1.0.0" },
    evidence: [
      "node_modules/native-leaf/package.json",
      "node_modules/native-thing/node_modules/native-leaf/package.json",
      "node_modules/native-thing/package.json",
      "package-lock.json",
    ].map((path) => join(project, path)),
  });
});

test("a package whose companion for this platform is native stays outside; the companion is not listed", async () => {
  write(
    project,
    "node_modules/fast/package.json",
    '{ "name": "fast", "version": "1.2.3", "optionalDependencies": { "@fast/here": "1.2.3", "@fast/there": "1.2.3" } }',
  );
  write(project, "node_modules/fast/index.js", "exports.fast = 1;\n");
  write(project, "node_modules/@fast/here/package.json", '{ "name": "@fast/here", "version": "1.2.3", "os": ["linux"] }');
  write(project, "node_modules/@fast/here/fast.node", "");
  write(project, "stages/second/run.ts", 'import { fast } from "fast";\nexport const run = async () => fast;\n');
  const packages = new ExternalPackages();
  expect(packages.closure((await bundle("second", packages)).externals).versions).toEqual({ fast: "1.2.3" });
});

test("a native package that a bundled one imports is found where that one finds it", async () => {
  write(project, "node_modules/pure-thing/index.js", 'exports.pure = (text) => require("native-thing").score(text);\n');
  write(project, "node_modules/pure-thing/node_modules/native-thing/package.json", '{ "name": "native-thing", "version": "9.0.0" }');
  write(project, "node_modules/pure-thing/node_modules/native-thing/native.node", "");
  const packages = new ExternalPackages();
  expect(packages.closure((await bundle("second", packages)).externals).versions).toEqual({ "native-thing": "9.0.0" });
});

test("a bundle with CommonJS inside runs", async () => {
  expect(await runBundle((await bundle("second")).text)).toEqual({ text: "second" });
});

test("a text with a line like one of esbuild's comments comes through", async () => {
  write(
    project,
    "stages/second/run.ts",
    `import { mark } from "../shared/mark.ts";\nexport const run = async () => \`a\n// stages/shared/mark.ts\n\${mark}b\`;\n`,
  );
  expect(await runBundle((await bundle("second")).text)).toBe("a\n// stages/shared/mark.ts\n!b");
});

test("functions keep their names where they had to be renamed", async () => {
  write(project, "stages/shared/mark.ts", 'export function name() { return "a"; }\n');
  write(
    project,
    "stages/second/run.ts",
    'import { name as other } from "../shared/mark.ts";\nfunction name() {}\nexport const run = async () => [other.name, name.name];\n',
  );
  expect(await runBundle((await bundle("second")).text)).toEqual(["name", "name"]);
});

test("everything that is wrong is reported at once, with places", async () => {
  write(
    project,
    "stages/second/run.ts",
    'import { a } from "./gone.ts";\nimport { b } from "not-installed";\nexport const run = async () => a + b;\n',
  );
  expect(await refusal("second")).toMatch(/stages\/second\/run\.ts:1:\d+: .*gone\.ts[\s\S]*stages\/second\/run\.ts:2:\d+: .*not-installed/);
});

test("a module without `run` is refused", async () => {
  write(project, "stages/second/run.ts", "export const runs = 1;\n");
  expect(await refusal("second")).toMatch(/No matching export .* "run"/);
});

test("source files are not touched", async () => {
  const before = readFileSync(join(project, "stages/first/run.ts"), "utf8");
  await bundle("first");
  expect(readFileSync(join(project, "stages/first/run.ts"), "utf8")).toBe(before);
});

test("modules that import one another in a circle keep the order that makes them work", async () => {
  write(project, "stages/second/base.ts", 'import { make } from "./leaf.ts";\nexport class Base {\n  leaf = () => make();\n}\n');
  write(
    project,
    "stages/second/leaf.ts",
    'import { Base } from "./base.ts";\nclass Leaf extends Base {}\nexport const make = () => new Leaf();\n',
  );
  // by name the base would come first, would need the leaf, and that the base, which is not there yet
  write(
    project,
    "stages/second/run.ts",
    'import { make } from "./leaf.ts";\nimport { Base } from "./base.ts";\nexport const run = async () => make() instanceof Base;\n',
  );
  expect(await runBundle((await bundle("second")).text)).toBe(true);
});
