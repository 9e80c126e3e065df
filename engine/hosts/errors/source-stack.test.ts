import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { StageSpec } from "../../../dsl/graph/graph.ts";
import { packageStages } from "../../../planner/code/code-package.ts";
import { codeMapHead } from "../../../schemas/code-map.ts";
import { Digest } from "../../../schemas/digest.ts";
import { isCrisolError } from "../../../schemas/error.ts";
import { openStore } from "../../../store/store.ts";
import { crisolFolder } from "../../../system/package-folder.ts";
import { jobOf } from "../../../test/fixtures/host-job.ts";
import { blobFile, flipBit, someDigest, temporaryFolder } from "../../../test/fixtures/temporary-store.ts";
import { HostProcess } from "../host-process.ts";
import { SourcePlaces } from "./source-places.ts";
import { sourceStack } from "./source-stack.ts";

const language = JSON.stringify(join(crisolFolder, "dsl/index.ts"));

const silent = { started: () => undefined, progress: () => undefined, checkpoint: () => undefined };

/** Helpers two imports deep, one with a letter that URLs write otherwise, with types and blank lines above the throwing line. */
const helpers = {
  "stages/lengths/longest.ts": `
import { isEven, type Shape } from "./tamaño.ts";

interface Options {
  readonly strict: boolean;
}

/** The longest of some shapes. */
export function longest(shapes: readonly Shape[], options: Options): number {
  return isEven(shapes, options.strict);
}
`,
  "stages/lengths/tamaño.ts": `
export interface Shape {
  /** In characters. */
  readonly length: number;
}

// what is odd is refused
export function isEven(shapes: readonly Shape[], strict: boolean): number {
  for (const { length } of shapes) {
    if (strict && length % 2 === 1) throw new RangeError(\`odd: \${length}
      of a shape\`);
  }
  return 0;
}
`,
};

/** Imports in no order, members that only building reads, and a definition in one line. */
const stages = `
import { longest } from "./lengths/longest.ts";
import {
  defineStage,
  output,
  port,
  z,
} from ${language};
import { parse } from "broken-json";

type Name = string;

export const before: Name = "before";

export const mine = defineStage(import.meta, {
  name: "mine",
  summary: "fail in some way",
  inputs: { from: port("documents") },
  outputs: { report: output("report") },
  params: z.strictObject({
    how: z.string(),
  }),
  async run(_context, { how }: { how: Name }) {
    // nothing is written
    if (how === "here") throw new Error("here");
    if (how === "deep") longest([{ length: 2 }, { length: 3 }], { strict: true });
    const text = "{";
    // a name of its own that the stage has outside
    const ends = () => {
      const mine = text.length;
      return mine === 1;
    };
    if (how === "nested" && ends()) throw new Error("below a name that was given another");
    if (how === "package") parse(text);
    try {
      parse("[");
    } catch (cause) {
      if (how === "wrapped") throw new Error("wrapped", { cause });
    }
    return {};
  },
});

export const line = defineStage(import.meta, { name: "line", inputs: {}, outputs: { report: output("report") }, params: z.object({}), run: (_context, { absent }) => absent.length });
`;

const brokenJson = {
  "node_modules/broken-json/package.json": '{ "name": "broken-json", "version": "1.0.0", "type": "module", "exports": "./index.js" }',
  "node_modules/broken-json/index.js": "\n\nexport function parse(text) {\n  return JSON.parse(text);\n}\n",
};

function write(project: string, files: { readonly [path: string]: string }): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), text);
  }
}

/** A project with the stages, in its own home, and a host. */
async function makeProject() {
  const project = realpathSync(temporaryFolder());
  const job = await jobOf("");
  const store = await openStore(job.store);
  write(project, { ...helpers, ...brokenJson, "stages/mine.ts": stages, "package.json": '{ "type": "module" }' });
  const modules: { readonly [name: string]: { readonly spec: StageSpec } } = await import(join(project, "stages/mine.ts"));
  const host = new HostProcess(128);
  onTestFinished(() => host.kill());

  async function plan(name: string): Promise<Digest> {
    const spec = modules[name]?.spec;
    if (spec === undefined) throw new Error(`no stage ${name}`);
    return Digest.parse(
      (await packageStages([spec], { project, store, cache: join(project, ".crisol", "packages.json") })).get(spec)?.code,
    );
  }
  /** The place named by a stage's failure, and the stack in its log. */
  async function failure(code: Digest, how: string) {
    const logged: string[] = [];
    const listener = { ...silent, log: (_level: string, message: string) => logged.push(message) };
    const failed: unknown = await host
      .run({ ...job, node: { ...job.node, code, params: { how } } }, new AbortController().signal, listener)
      .catch((error: unknown) => error);
    if (!isCrisolError(failed)) throw new Error("it did not fail");
    return { where: failed.parts.where, stack: logged.join("\n") };
  }
  return { project, store, plan, failure };
}

/** The line and column of something in a text, from 1, as people write it. */
function placeOf(text: string, what: string): string {
  const before = text.slice(0, text.indexOf(what)).split("\n");
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

test("an error names the line of the stage's own source, and so does its stack", async () => {
  const { plan, failure } = await makeProject();
  const code = await plan("mine");
  const here = await failure(code, "here");
  const place = `stages/mine.ts:${placeOf(stages, 'new Error("here")')}`;
  expect(here.where).toContain(`(${place}):\nif (how === "here") throw new Error("here");`);
  expect(here.stack).toContain(`Error: here\n    at `);
  expect(here.stack).toContain(place);

  const deep = await failure(code, "deep");
  const shape = `stages/lengths/tamaño.ts:${placeOf(helpers["stages/lengths/tamaño.ts"], "new RangeError")}`;
  expect(deep.where).toContain(`, at isEven (${shape}):\n`);
  expect(deep.stack.split("\n").filter((line) => /^ +at .*stages\//.test(line))).toEqual([
    `    at isEven (${shape})`,
    `    at longest (stages/lengths/longest.ts:${placeOf(helpers["stages/lengths/longest.ts"], "isEven(shapes,")})`,
    expect.stringContaining(`stages/mine.ts:${placeOf(stages, "longest([{")}`),
  ]);
});

test("the line is correct below a name that the bundle renames because the stage also uses it", async () => {
  const { plan, failure } = await makeProject();
  const { where } = await failure(await plan("mine"), "nested");
  expect(where).toContain(`(stages/mine.ts:${placeOf(stages, 'new Error("below')}):\n`);
});

test("an error that a package throws names the line that called it; that of a cause is in the log", async () => {
  const { plan, failure } = await makeProject();
  const { where, stack } = await failure(await plan("mine"), "package");
  expect(where).toContain(`(stages/mine.ts:${placeOf(stages, "parse(text)")}):\n`);
  expect(stack).toContain("at parse (node_modules/broken-json/index.js)");
  const wrapped = await failure(await plan("mine"), "wrapped");
  expect(wrapped.where).toContain(`stages/mine.ts:${placeOf(stages, 'new Error("wrapped"')}`);
  expect(wrapped.stack).toMatch(
    /\[cause\]: SyntaxError: .*\n.*JSON\.parse.*\n.*at parse \(node_modules\/broken-json\/index\.js\)\n.*stages\/mine\.ts/,
  );
});

test("a definition on one line has the right columns", async () => {
  const { plan, failure } = await makeProject();
  const { where } = await failure(await plan("line"), "as it is");
  expect(where).toContain(`stages/mine.ts:${placeOf(stages, "length });")}`);
});

test("formatting moves the places but not the code, and the newest source is named", async () => {
  const { project, plan, failure } = await makeProject();
  const code = await plan("mine");
  const moved = `// moved\n\n${stages.replace("if (how ===", "\n    if (\n      how ===")}`;
  for (const text of [moved, stages]) {
    write(project, { "stages/mine.ts": text });
    expect(await plan("mine")).toBe(code);
    expect((await failure(code, "here")).where).toContain(`stages/mine.ts:${placeOf(text, 'new Error("here")')}`);
  }
});

test("without a sound map of the code, the packed code is named; planning recreates the map", async () => {
  const { store, plan, failure } = await makeProject();
  const code = await plan("mine");
  const expectPacked = async () =>
    expect((await failure(code, "here")).where).toMatch(/crisol-code\/[0-9a-f]{64}\.mjs:\d+:\d+\):\n.*throw new Error\("here"\)/);
  const expectMapped = async () => {
    expect(await plan("mine")).toBe(code);
    expect((await failure(code, "here")).where).toContain("stages/mine.ts:");
  };
  flipBit(blobFile(store, Digest.parse((await store.heads.get(codeMapHead(code)))?.value)), 20);
  await expectPacked();
  await expectMapped();
  await store.heads.remove(codeMapHead(code));
  await expectPacked();
  await expectMapped();
  const ofOther = await store.heads.get(codeMapHead(await plan("line")));
  for (const map of ["no digest", (await store.blobs.put("no map")).sha256, Digest.parse(ofOther?.value)]) {
    await store.heads.set(codeMapHead(code), map, { attempt: 0 });
    await expectPacked();
  }
  await expectMapped();
});

test("a place in the code of another stage that ran in the host before stays as it is", async () => {
  const [mine, other] = [someDigest("a"), someDigest("b")];
  const places = new SourcePlaces({ version: 1, bundle: mine, parts: [{ line: 0, file: "mine.js" }], sources: [], mappings: "" });
  const error = new Error("late");
  const frame = (bundle: string) => `    at run (file:///home/store/cache/crisol-code/${bundle}.mjs:1:2)`;
  error.stack = ["Error: late", frame(other), frame(mine)].join("\n");
  expect((await sourceStack(error, async () => places)).stack).toBe(["Error: late", frame(other), "    at run (mine.js)"].join("\n"));
});
