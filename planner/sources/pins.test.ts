import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { digestOf } from "../../schemas/digest.ts";
import { isCrisolError } from "../../schemas/error.ts";
import { lockPath, readLock } from "./lock-file.ts";
import { checkPins, holdPins, type PinnedSources, writePins } from "./pins.ts";

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "crisol-pins-"));
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

/** A pipeline's only source, with the text of each of its files. */
function found(texts: { readonly [path: string]: string }, pattern = ["data/*"], pipeline = "one"): PinnedSources {
  const files = Object.entries(texts).map(([path, text]) => ({ path, bytes: text.length, sha256: digestOf(text) }));
  return { pipeline, sources: [{ name: "files", pattern, files }] };
}

async function refusal(sources: PinnedSources) {
  const error = await holdPins(project, sources, { relock: false }).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!isCrisolError(error)) throw new Error(`not refused: ${error}`);
  return error.parts;
}

test("the first run pins, the same files pass, and nothing is written again", async () => {
  await holdPins(project, found({ "data/b": "b", "data/a": "a" }), { relock: false });
  const text = readFileSync(lockPath(project), "utf8");
  expect(text).toContain(`"data/a": { "bytes": 1, "sha256": "${digestOf("a")}" },\n`);
  expect(text.indexOf("data/a")).toBeLessThan(text.indexOf("data/b"));
  await holdPins(project, found({ "data/a": "a", "data/b": "b" }), { relock: false });
  expect(readFileSync(lockPath(project), "utf8")).toBe(text);
  expect(readdirSync(project)).toEqual(["crisol.lock.json"]);
});

test("every difference is found: changed, missing, new", async () => {
  await writePins(project, found({ a: "a", b: "b", same: "same" }));
  const differences = checkPins(await readLock(project), found({ a: "A", c: "c", same: "same" }));
  expect(differences.map(({ path, kind }) => [path, kind])).toEqual([
    ["a", "changed"],
    ["b", "missing"],
    ["c", "new"],
  ]);
});

test("the refusal names file, pinned and found digest, and how to accept", async () => {
  await writePins(project, found({ a: "a" }));
  const { code, where, fix } = await refusal(found({ a: "x" }));
  expect(code).toBe("SOURCE_CHANGED");
  expect(where).toContain(`a: changed: pinned sha256 ${digestOf("a")}`);
  expect(where).toContain(`found sha256 ${digestOf("x")}`);
  expect(fix).toContain("--relock");
});

test("a refused run leaves the lock file alone; --relock accepts", async () => {
  await writePins(project, found({ a: "a" }));
  const text = readFileSync(lockPath(project), "utf8");
  await refusal(found({ a: "x" }));
  expect(readFileSync(lockPath(project), "utf8")).toBe(text);
  await holdPins(project, found({ a: "x" }), { relock: true });
  await holdPins(project, found({ a: "x" }), { relock: false });
});

test("the first 20 differences are named, then counted", async () => {
  const many = Object.fromEntries(Array.from({ length: 31 }, (_, index) => [`f${String(index).padStart(2, "0")}`, "x"]));
  await writePins(project, found({ ...many, keep: "k" }));
  const { what, where } = await refusal(found({ keep: "k" }));
  expect(what).toContain("31 raw files");
  expect(where.split("\n")).toHaveLength(21);
  expect(where).toContain("and 11 more");
});

test("with an edited pattern, files that only one pattern matches are no difference, but no change is hidden", async () => {
  await writePins(project, found({ a: "a", b: "b" }));
  const lock = await readLock(project);
  expect(checkPins(lock, found({ a: "a", c: "c" }, ["data/**"]))).toEqual([]);
  expect(checkPins(lock, found({ a: "A", c: "c" }, ["data/**"])).map(({ path }) => path)).toEqual(["a"]);
});

test("a source keeps its pins when another one is put before it", async () => {
  await writePins(project, found({ a: "a" }, ["old/*"]));
  const [old] = found({ a: "A" }, ["old/*"]).sources;
  const [fresh] = found({ n: "n" }, ["new/*"]).sources;
  if (old === undefined || fresh === undefined) throw new Error("no source");
  const both = { pipeline: "one", sources: [fresh, { ...old, name: "files-2" }] };
  expect(checkPins(await readLock(project), both).map(({ source, path }) => [source, path])).toEqual([["files-2", "a"]]);
});

test("pipelines are pinned apart", async () => {
  await writePins(project, found({ a: "a" }));
  await writePins(project, found({ a: "other" }, ["data/*"], "two"));
  expect(checkPins(await readLock(project), found({ a: "a" }))).toEqual([]);
});

test.each(["{", '{"version":2}', '{"version":1,"pipelines":{"one":{"files":{"pattern":[],"files":{"a":{"bytes":1,"sha256":"no"}}}}}}'])(
  "a lock file that cannot be read is an error, not an empty one: %s",
  async (text) => {
    writeFileSync(lockPath(project), text);
    expect((await refusal(found({ a: "a" }))).code).toBe("CONFIG_INVALID");
  },
);
