import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isCrisolError } from "../../schemas/error.ts";
import { openStore } from "../../store/store.ts";
import { findSources, sourceWarnings } from "./sources.ts";

let root: string;
let project: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "crisol-sources-")));
  project = join(root, "project");
  for (const path of [
    "data/b.jsonl",
    "data/a.jsonl",
    "data/é.jsonl",
    "data/Z.jsonl",
    "data/.dot.jsonl",
    "data/deep/c.jsonl",
    "data/notes.md",
  ]) {
    write(join(project, path), `${path}\n`);
  }
  write(join(root, "elsewhere/secret.jsonl"), "secret\n");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

async function find(...pattern: string[]) {
  const store = await openStore({ directory: join(root, "store") });
  const [found] = await findSources([{ name: "files", pattern }], { project, store });
  if (found === undefined) throw new Error("no source");
  return { ...found, paths: found.files.map(({ path }) => path), manifest: await store.artifacts.manifest(found.artifact.digest) };
}

async function refusal(...pattern: string[]) {
  const error = await find(...pattern).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!isCrisolError(error)) throw new Error(`not refused: ${error}`);
  return error.parts;
}

test("files come sorted by code units, each once, without dot-files", async () => {
  const { paths, manifest } = await find("data/b.jsonl", "data/*.jsonl");
  expect(paths).toEqual(["data/Z.jsonl", "data/a.jsonl", "data/b.jsonl", "data/é.jsonl"]);
  expect(manifest).toMatchObject({ kind: "files", producer: null, counts: { files: 4, bytes: 53 }, meta: {} });
});

test("a pattern among several that no file matches is reported, with a similar one that matches; an excluding pattern needs no match", async () => {
  const { paths, unmatched, ...found } = await find("data/*.jsonl", "dato/*.md", "!data/Z.jsonl", "!data/none.*");
  expect(paths).toEqual(["data/a.jsonl", "data/b.jsonl", "data/é.jsonl"]);
  expect(unmatched).toEqual(["dato/*.md"]);
  expect(await sourceWarnings([{ ...found, unmatched }], project)).toEqual([
    'no file matches "dato/*.md", one of several patterns: did you mean "data/*.md"? It matches 1 file',
  ]);
});

test("the bytes stay where they are", async () => {
  const { manifest } = await find("data/a.jsonl");
  const store = await openStore({ directory: join(root, "store") });
  expect(await store.blobs.check(manifest.files[0]?.sha256 ?? manifest.root)).toMatchObject({ finding: "missing" });
});

test("a link that leaves the project is left out; one inside is followed", async () => {
  symlinkSync(join(root, "elsewhere/secret.jsonl"), join(project, "data/leak.jsonl"));
  symlinkSync(join(root, "elsewhere"), join(project, "data/folder"));
  symlinkSync("deep/c.jsonl", join(project, "data/inside.jsonl"));
  const { paths } = await find("data/**/*.jsonl");
  expect(paths).toContain("data/inside.jsonl");
  expect(paths.filter((path) => /leak|folder/.test(path))).toEqual([]);
  const parts = await refusal("data/leak.jsonl");
  expect(parts.code).toBe("SOURCE_EMPTY");
  expect(parts.fix).toContain("links that leave the project");
});

test("a file whose name is not UTF-8 is not left out in silence", async () => {
  const latin1 = Buffer.concat([Buffer.from(`${project}/data/ni`), Buffer.from([0xf1]), Buffer.from("o.jsonl")]);
  writeFileSync(latin1, "{}");
  expect(await refusal("data/*.jsonl")).toMatchObject({ code: "ENVIRONMENT", fix: expect.stringContaining("UTF-8") });
});

test("a folder that is a link may be named literally", async () => {
  symlinkSync(join(root, "elsewhere"), join(project, "corpus"));
  expect((await find("corpus/*.jsonl")).paths).toEqual(["corpus/secret.jsonl"]);
});

test("an absolute pattern may name any folder, and the manifest says so", async () => {
  const { paths, base, manifest } = await find(`${root}/elsewhere/*.jsonl`);
  expect({ base, paths }).toEqual({ base: "/", paths: [`${root}/elsewhere/secret.jsonl`.slice(1)] });
  expect(manifest.meta).toEqual({ base: "/" });
});

test("a pattern that climbs out of the project is refused", async () => {
  expect(await refusal("../elsewhere/*.jsonl")).toMatchObject({ code: "PIPELINE_INVALID", what: expect.stringContaining("..") });
});

test.each([
  ["another ending", "data/*.json", 'files("data/*.jsonl")'],
  ["a misspelt folder", "dada/*.jsonl", 'files("data/*.jsonl")'],
  ["files further down", "data/c.jsonl", 'files("data/**/c.jsonl")'],
  ["the case of letters", "data/NOTES.md", 'files("data/notes.md")'],
])("nothing matched: %s is near", async (_, pattern, hint) => {
  const { code, what, where, fix } = await refusal(pattern);
  expect(code).toBe("SOURCE_EMPTY");
  expect(what).toContain(pattern);
  expect(where).toContain(project);
  expect(fix).toContain(hint);
});

test("nothing matched and nothing near: the error still says what to do", async () => {
  expect((await refusal("zzz/qqqqq.bin")).fix).toContain("relative to the project's folder");
});

test.runIf(existsSync("/proc/self/mem"))("a file that cannot be read is named", async () => {
  expect(await refusal("/proc/self/mem")).toMatchObject({ code: "ENVIRONMENT", where: "/proc/self/mem" });
});
