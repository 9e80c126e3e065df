import { builtinModules } from "node:module";
import { posix } from "node:path";
import { expect, test } from "vitest";
import { circle, type Import, importsOf, isLocal, sources } from "./import-graph.ts";

/** What a part of the project may import: values and types of `uses`, only types of `knows`, and of npm and Node what `packages` allows. */
interface Layer {
  /** The folder, or the pattern of the files. The first layer that holds a file is its own. */
  readonly holds: string | RegExp;
  /** Folders and files beside its own. */
  readonly uses: readonly string[];
  readonly knows?: readonly string[];
  readonly packages?: (name: string) => boolean;
}

const pureNode = ["buffer", "crypto", "events", "path", "stream", "stream/promises", "url", "util", "zlib"].map((name) => `node:${name}`);
const only =
  (...names: readonly string[]) =>
  (name: string) =>
    names.includes(name);
const touchesNoWorld = (name: string) => !name.startsWith("node:") || pureNode.includes(name);
const reads = ["node:fs", "node:fs/promises", "node:readline", "node:timers/promises"];

/** Code that runs in hosts is bundled: what it uses is part of its key. */
const language = ["schemas", "dsl", "stage-code"];
const ground = ["schemas", "system"];

/** Design, section 2, and decision 0017: imports go one way. */
const layers: readonly Layer[] = [
  { holds: "schemas", uses: [], packages: only("zod", "node:crypto") },
  { holds: "system", uses: ["schemas/error.ts", "schemas/digest.ts", "schemas/json-text.ts"], knows: ["schemas"] },
  { holds: "stage-code", uses: ["schemas"], knows: ["dsl"], packages: touchesNoWorld },
  { holds: "dsl", uses: ["schemas", "stage-code", "system/text"], packages: only("zod", ...pureNode) },
  // a schema for records is checked when it is planned by the code that hosts check records with
  { holds: "planner", uses: [...ground, "dsl/schema-file.ts", "stage-code/record-schema"], knows: ["dsl", "store"] },
  { holds: "store", uses: ground, knows: ["dsl"] },

  // zod in the workflow sandbox doubles its memory and slows replay
  {
    holds: "workflows",
    uses: ["schemas/error.ts"],
    knows: ["schemas", "engine"],
    packages: only("@temporalio/workflow", "@temporalio/common"),
  },

  // what a pipeline imports is light: it does no work. languages.ts: constants of the parameters of a stage
  { holds: /^activities\/\w+\/[^/]+\/(stage|languages)\.ts$/, uses: ["schemas", "dsl"], packages: only("zod") },
  // stage code reaches the world through its context; a path that the context gave is read with node:fs. Merkle trees, gzip members and zstd frames are pure
  {
    holds: /^activities\/\w+\//,
    uses: [
      ...language,
      "activities/data",
      "activities/model",
      "store/artifacts/merkle.ts",
      "system/files/gzip-members.ts",
      "system/files/zstd-frames.ts",
    ],
    packages: (name) => touchesNoWorld(name) || reads.includes(name),
  },
  { holds: "activities", uses: ["activities/data", "activities/model", "activities/quality"], packages: only() },
  { holds: "pipelines", uses: [], packages: only("crisol", "crisol/stages", "zod") },

  { holds: "engine/connection", uses: [...ground, "dsl/secret.ts"], knows: ["engine/home.ts"] },
  {
    holds: "engine/hosts",
    uses: [
      ...ground,
      "store",
      "stage-code/merge-reports.ts",
      "planner/code/packages/check-externals.ts",
      "planner/code/code-map.ts",
      "planner/offer.ts",
    ],
    knows: ["dsl", "stage-code"],
  },
  { holds: "engine/attempts", uses: [...ground, "store", "planner", "engine/hosts"], knows: ["workflows"] },
  { holds: "engine/services", uses: [...ground, "engine/home.ts", "engine/connection"], knows: ["engine/session.ts"] },
  {
    holds: "engine/worker",
    uses: [...ground, "store", "engine/connection", "engine/hosts", "engine/attempts"],
    knows: ["workflows"],
  },
  {
    holds: "engine/runs",
    uses: [...ground, "store", "planner", "workflows", "engine/connection", "engine/services", "engine/hosts", "engine/attempts"],
    knows: ["engine/session.ts"],
  },
  { holds: "engine", uses: ground, knows: ["store", "engine/connection"] },
  { holds: "inference", uses: ground },
  { holds: "chaos", uses: [...ground, "store", "engine"] },

  { holds: "cli/pipeline", uses: [...ground, "dsl"] },
  { holds: "cli/artifacts", uses: [...ground, "store"] },
  { holds: "cli/check", uses: ["schemas", "dsl", "planner", "cli/pipeline"] },
  { holds: "cli/doctor", uses: [...ground, "engine"] },
  {
    holds: "cli/view",
    uses: [...ground, "dsl", "planner", "store", "engine/runs", "cli/artifacts", "cli/check"],
    knows: ["chaos", "engine"],
  },
  { holds: /^cli\/session\.ts$/, uses: ["schemas", "store", "engine", "cli/view"] },
  {
    holds: "cli/commands",
    uses: [
      ...ground,
      ...["dsl", "planner", "store", "workflows", "engine", "inference", "chaos"],
      ...["session.ts", "artifacts", "check", "doctor", "pipeline", "view"].map((name) => `cli/${name}`),
    ],
  },
  { holds: "cli", uses: ["schemas", "system", "cli"] },
];

const within = (path: string) => (place: string) => path === place || path.startsWith(`${place}/`);
const holds = (layer: Layer, path: string) => (typeof layer.holds === "string" ? within(path)(layer.holds) : layer.holds.test(path));
const layerOf = (path: string) => layers.find((layer) => holds(layer, path));

function refusal(found: Import): string | undefined {
  const { file, from, typeOnly } = found;
  const layer = layerOf(file);
  if (layer === undefined) return `${file} is in no layer`;
  const { uses, knows = [], packages = () => true } = layer;
  const node = builtinModules.includes(from.replace("node:", ""));
  const allowed = isLocal(found)
    ? holds(layer, from) || uses.some(within(from)) || (typeOnly && knows.some(within(from)))
    : typeOnly || packages(node ? `node:${from.replace("node:", "")}` : from);
  return allowed ? undefined : `${file} imports ${typeOnly ? "types of " : ""}${from}: not for ${layer.holds}`;
}

const imports = sources.flatMap(importsOf);

test("imports go one way", () => {
  expect(sources.length).toBeGreaterThan(300);
  expect(imports.flatMap((found) => refusal(found) ?? [])).toEqual([]);
});

test("nothing imports the command", () => {
  expect(imports.filter(({ file, from }) => from.startsWith("cli/") && !file.startsWith("cli/"))).toEqual([]);
});

test.each([
  ["dsl/graph/compile.ts", "node:fs", "not for dsl"],
  ["store/store.ts", "cli/main.ts", "not for store"],
  ["store/store.ts", "dsl/context.ts", "not for store"],
  ["activities/data/clean/run.ts", "node:child_process", "not for"],
  ["activities/data/clean/stage.ts", "htmlparser2", "not for"],
  ["workflows/interpreter.ts", "schemas/plan.ts", "not for workflows"],
  ["system/files/durable-file.ts", "store/store.ts", "not for system"],
  ["engine/connection/unreachable.ts", "engine/services/up.ts", "not for engine/connection"],
  ["engine/hosts/host-pool.ts", "engine/attempts/run-node.ts", "not for engine/hosts"],
  ["cli/view/terminal.ts", "cli/commands/plan.ts", "not for cli/view"],
  ["chaos/chaos.ts", "cli/session.ts", "not for chaos"],
  ["elsewhere/file.ts", "node:fs", "in no layer"],
])("the table refuses that %s imports %s", (file, from, why) => {
  expect(refusal({ file, from, typeOnly: false })).toContain(why);
});

test("what only types are known of gives no values", () => {
  const of = (typeOnly: boolean) => refusal({ file: "store/store.ts", from: "dsl/context.ts", typeOnly });
  expect([of(true), of(false)]).toEqual([undefined, expect.stringContaining("not for store")]);
});

test("no files import each other in a circle", () => {
  const graph = new Map(
    sources.map((file) => [
      file,
      importsOf(file)
        .filter(isLocal)
        .map(({ from }) => from),
    ]),
  );
  expect(circle(graph)).toBeUndefined();
  expect(
    circle(
      new Map([
        ["a", ["b"]],
        ["b", ["c"]],
        ["c", ["a"]],
      ]),
    ),
  ).toEqual(["a", "b", "c", "a"]);
});

/** A folder with more files of its own hides a boundary that wants a name. */
const MOST_FILES = 20;

test(`no folder has more than ${MOST_FILES} source files of its own`, () => {
  const sizes = Object.entries(Object.groupBy(sources, (path) => posix.dirname(path))).map(([folder, files = []]) => ({
    folder,
    files: files.length,
  }));
  expect(sizes.filter(({ files }) => files > MOST_FILES)).toEqual([]);
});

test("no workflow code loads zod, however far away", () => {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const found of importsOf(file)) if (!found.typeOnly) isLocal(found) ? visit(found.from) : seen.add(found.from);
  };
  visit("workflows/index.ts");
  expect([...seen]).toContain("@temporalio/workflow");
  expect([...seen].filter((name) => name === "zod" || name.startsWith("node:"))).toEqual([]);
});
