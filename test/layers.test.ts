import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, posix } from "node:path";
import { expect, test } from "vitest";

/** An import in a file: of which file, from where, and whether it imports only types. */
interface Import {
  readonly file: string;
  readonly from: string;
  readonly typeOnly: boolean;
}

/** What a part of the project may import: values (and types) from `uses`, only types from `knows`, and from npm and Node what `packages` allows. */
interface Layer {
  readonly name: string;
  readonly holds: RegExp;
  readonly uses: readonly RegExp[];
  readonly knows?: readonly RegExp[];
  readonly packages: (name: string) => boolean;
}

/** Folders of stages; shards/ is the engine's. */
const stageFolder = /^activities\/(?!shards\/)[^/]+\//;
const pureNode = [
  "node:buffer",
  "node:crypto",
  "node:events",
  "node:path",
  "node:stream",
  "node:stream/promises",
  "node:url",
  "node:util",
  "node:zlib",
];
const touchesNoWorld = (name: string) => !name.startsWith("node:") || pureNode.includes(name);
const anyPackage = () => true;

/** Design, section 2: imports go one way. A file belongs to the first layer that contains it. */
const layers: readonly Layer[] = [
  { name: "schemas", holds: /^schemas\//, uses: [/^schemas\//], packages: (name) => name === "zod" || name === "node:crypto" },
  { name: "dsl", holds: /^dsl\//, uses: [/^(schemas|dsl)\//], packages: (name) => name === "zod" || pureNode.includes(name) },
  { name: "store", holds: /^store\//, uses: [/^(schemas|store)\//], knows: [/^dsl\//], packages: anyPackage },
  {
    name: "host",
    holds: /^host\//,
    uses: [/^(schemas|store|host)\//, /^planner\/(check-externals|code-map|folders)\.ts$/],
    knows: [/^dsl\//],
    packages: anyPackage,
  },
  { name: "planner", holds: /^planner\//, uses: [/^(schemas|dsl|planner)\//], knows: [/^store\//], packages: anyPackage },
  {
    name: "workflows",
    holds: /^workflows\//,
    uses: [/^workflows\//, /^schemas\/error\.ts$/],
    knows: [/^(schemas|activities)\//],
    packages: (name) => name === "@temporalio/workflow" || name === "@temporalio/common",
  },
  // what a pipeline imports is light and does no work
  {
    name: "stage.ts",
    holds: /^activities\/[^/]+\/stage\.ts$/,
    uses: [/^(schemas|dsl)\//, stageFolder],
    packages: (name) => name === "zod",
  },
  // stage code reaches the world through its context; a path that the context gave is read with node:fs. Merkle trees and zstd frames are pure
  {
    name: "stage code",
    holds: stageFolder,
    uses: [/^(schemas|dsl)\//, stageFolder, /^activities\/tokens-meta\.ts$/, /^store\/(merkle|zstd-frames)\.ts$/],
    packages: (name) => touchesNoWorld(name) || /^node:(fs|fs\/promises|readline|timers\/promises)$/.test(name),
  },
  { name: "crisol/stages", holds: /^activities\/index\.ts$/, uses: [/^activities\/[^/]+\/stage\.ts$/], packages: () => false },
  {
    name: "activities",
    holds: /^activities\//,
    uses: [/^(schemas|dsl|store|host|planner)\//, /^activities\/(shards\/)?[^/]+\.ts$/],
    knows: [/^workflows\//],
    packages: anyPackage,
  },
  {
    name: "pipelines",
    holds: /^pipelines\//,
    uses: [/^pipelines\//],
    packages: (name) => ["crisol", "crisol/stages", "zod"].includes(name),
  },
  { name: "cli", holds: /^cli\//, uses: [/^(schemas|dsl|store|host|planner|workflows|activities|cli)\//], packages: anyPackage },
];

const root = dirname(import.meta.dirname);

const sources = layers
  .map(({ holds }) => /^\^([a-z]+)/.exec(holds.source)?.[1] ?? "")
  .filter((folder, index, all) => folder !== "" && all.indexOf(folder) === index)
  .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((path) => posix.join(folder, path)))
  .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"));

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), "utf8").replaceAll(/`[^`]*`|^\s*(\/\/|\*).*$/gm, "");
  const statements = text.matchAll(/^(?:import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"|import\("([^"]+)"\)/gm);
  return [...statements].map(([, type, named, dynamic]) => {
    const from = named ?? dynamic ?? "";
    return { file, from: from.startsWith(".") ? posix.join(posix.dirname(file), from) : from, typeOnly: type !== undefined };
  });
}

function refusal({ file, from, typeOnly }: Import): string | undefined {
  const layer = layers.find(({ holds }) => holds.test(file));
  if (layer === undefined) return undefined;
  const local = /^[a-z]+\/.*\.m?ts$/.test(from);
  const node = builtinModules.includes(from.replace("node:", ""));
  const allowed = local
    ? layer.uses.some((used) => used.test(from)) || (typeOnly && layer.knows?.some((known) => known.test(from)))
    : typeOnly || layer.packages(node ? `node:${from.replace("node:", "")}` : from);
  return allowed ? undefined : `${file} imports ${typeOnly ? "types of " : ""}${from}: not for ${layer.name}`;
}

test("imports go one way", () => {
  expect(sources.length).toBeGreaterThan(50);
  expect(sources.flatMap(importsOf).flatMap((found) => refusal(found) ?? [])).toEqual([]);
});

test("the table refuses what it is there to refuse", () => {
  const value = (file: string, from: string) => refusal({ file, from, typeOnly: false });
  expect(value("dsl/compile.ts", "node:fs")).toContain("not for dsl");
  expect(value("store/store.ts", "cli/main.ts")).toContain("not for store");
  expect(value("store/store.ts", "dsl/context.ts")).toContain("not for store");
  expect(refusal({ file: "store/store.ts", from: "dsl/context.ts", typeOnly: true })).toBeUndefined();
  expect(value("activities/clean/run.ts", "node:child_process")).toContain("not for stage code");
  expect(value("activities/clean/stage.ts", "htmlparser2")).toContain("not for stage.ts");
  expect(value("workflows/interpreter.ts", "schemas/plan.ts")).toContain("not for workflows");
});

test("no workflow code loads zod, however far away", () => {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const { from, typeOnly } of importsOf(file)) if (!typeOnly) /^[a-z]+\/.*\.ts$/.test(from) ? visit(from) : seen.add(from);
  };
  visit("workflows/index.ts");
  expect([...seen]).toContain("@temporalio/workflow");
  expect([...seen].filter((name) => name === "zod" || name.startsWith("node:"))).toEqual([]);
});
