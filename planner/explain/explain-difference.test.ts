import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openStore, type Store } from "../../store/store.ts";
import { pretendRun } from "../../test/fixtures/pretend-run.ts";
import { planSmall, type SmallPipeline, smallProject, write } from "../../test/small-project.ts";
import { resolvePlan } from "../resolve.ts";
import { explainDifferences } from "./explain-difference.ts";

let project: string;
let store: Store;
beforeEach(async () => {
  project = smallProject();
  store = await openStore({ directory: join(project, ".crisol", "store") });
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

/** Status and reason of each node, as `plan` reports them. */
async function reasons(pipeline: SmallPipeline = {}) {
  const { plan } = await planSmall(project, pipeline);
  const resolved = await resolvePlan(plan, store);
  const reasons = await explainDifferences(plan, resolved, store);
  return resolved.map(({ node, status }) => [node.name, status, reasons.get(node.name)]);
}

const edit = (path: string, from: string, to: string) => write(project, path, readFileSync(join(project, path), "utf8").replace(from, to));

test("nothing was run before", async () => {
  expect(await reasons()).toEqual([
    ["first", "run", "never run before"],
    ["second", "unknown", "waits for first; never run before"],
  ]);
});

test("everything is cached", async () => {
  const { plan } = await planSmall(project);
  await pretendRun(plan, store);
  expect(await reasons()).toEqual([
    ["first", "cached", undefined],
    ["second", "cached", undefined],
  ]);
});

const differences: readonly [string, (() => void) | undefined, SmallPipeline, string][] = [
  ["code", () => edit("stages/shared/mark.ts", "!", "!!"), {}, 'code: stages/shared/mark.ts changed (mark "!" -> "!!")'],
  ["JSON", () => edit("stages/first/words.json", "hola", "buenas"), {}, 'code: stages/first/words.json changed (hello "hola" -> "buenas")'],
  ["a package", () => edit("package-lock.json", "1.0.0", "1.0.1"), {}, "code: native-thing 1.0.0 -> 1.0.0 (locked: 1.0.1)"],
  ["a parameter", undefined, { params: { threshold: 0.7, mode: "soft" } }, "parameter threshold 0.8 -> 0.7"],
  ["a new parameter", undefined, { params: { threshold: 0.8, mode: "soft", deep: { x: 1 } } }, "parameter deep.x unset -> 1"],
  ["a file", () => edit("data/a.txt", "a", "A"), {}, "input from changed: 1 of 2 files (data/a.txt)"],
  ["files", () => rmSync(join(project, "data/a.txt")), {}, "input from changed: 1 gone (data/a.txt)"],
  ["a runtime fact", undefined, { runtime: ["node"] }, "runtime: node declared"],
  [
    "several",
    () => edit("stages/first/run.ts", "10", "11"),
    { params: { threshold: 0.7, mode: "soft" } },
    "code: stages/first/run.ts changed (run) (and 1 more: parameter)",
  ],
];

test.each(differences)("what differs is named: %s", async (_, change, pipeline, reason) => {
  await pretendRun((await planSmall(project)).plan, store);
  change?.();
  expect(await reasons(pipeline)).toEqual([
    ["first", "run", reason],
    ["second", "unknown", "waits for first"],
  ]);
});

test("a bundled package is named, not its files", async () => {
  await pretendRun((await planSmall(project)).plan, store);
  edit("node_modules/pure-thing/index.js", "basename(text)", "text");
  expect((await reasons())[1]).toEqual(["second", "run", "code: package pure-thing changed"]);
});

test("shards that changed are counted", async () => {
  await pretendRun((await planSmall(project)).plan, store, { shards: ["zero", "one", "two"] });
  // first is run again, from changed code, and one shard of its output differs
  edit("stages/first/run.ts", "10", "11");
  const { plan } = await planSmall(project);
  const first = { ...plan, nodes: plan.nodes.slice(0, 1), outputs: {} };
  await pretendRun(first, store, { shards: ["zero", "ONE", "two"] });
  expect(await reasons()).toEqual([
    ["first", "cached", undefined],
    ["second", "run", "input from changed: 1 of 3 shards (documents/00001)"],
  ]);
});

test("changed code whose output has the same bytes leaves what follows cached", async () => {
  await pretendRun((await planSmall(project)).plan, store);
  edit("stages/first/run.ts", "10", "11");
  const { plan } = await planSmall(project);
  await pretendRun({ ...plan, nodes: plan.nodes.slice(0, 1), outputs: {} }, store);
  expect((await reasons()).map(([, status]) => status)).toEqual(["cached", "cached"]);
});

test("the nearest record is that with the fewest differences, then the newest", async () => {
  const params = (threshold: number, mode: string): SmallPipeline => ({ params: { threshold, mode } });
  await pretendRun((await planSmall(project, params(0.5, "soft"))).plan, store, { shards: ["x"], at: 1 });
  await pretendRun((await planSmall(project, params(0.6, "soft"))).plan, store, { shards: ["x"], at: 2 });
  await pretendRun((await planSmall(project, params(0.9, "hard"))).plan, store, { shards: ["x"], at: 3 });
  expect((await reasons())[0]?.[2]).toBe("parameter threshold 0.6 -> 0.8");
});

test("an artifact that is damaged or missing is a cache miss, and is named", async () => {
  const { plan } = await planSmall(project);
  await pretendRun(plan, store);
  const [first] = await resolvePlan(plan, store);
  const output = first?.status === "cached" ? first.record.outputs.documents : undefined;
  if (output === undefined) throw new Error("first is not cached");
  const { files } = await store.artifacts.manifest(output.digest);
  const path = await store.blobs.materialize(files[0]?.sha256 ?? output.digest);
  rmSync(path);
  expect((await reasons())[0]).toEqual([
    "first",
    "run",
    expect.stringMatching(new RegExp(`^artifact ${output.digest.slice(0, 12)} is damaged .*not in the store`)),
  ]);
  writeFileSync(path, "0 zerO");
  expect((await reasons())[0]).toEqual([
    "first",
    "run",
    expect.stringMatching(/is damaged \(documents\/00000.jsonl.zst\): .*does not match its name/),
  ]);
});
