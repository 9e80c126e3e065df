/** What changes the key of a stage that is a command, and what does not: one edit of its project each, planned from a warm cache. */
import { chmodSync, cpSync, mkdtempSync, realpathSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { command, defineStage, output, port } from "../../dsl/index.ts";
import { compareCode } from "../../planner/explain/compare-code.ts";
import { makePlan } from "../../planner/plan.ts";
import { Digest, digestOf } from "../../schemas/digest.ts";
import { openStore } from "../../store/store.ts";
import { write } from "../small-project.ts";

const script = `"""Scores documents."""
import json, sys
from lib.words import mean  # beside this file

for line in sys.stdin:
    print(json.dumps({"text": json.loads(line)["text"], "meta": {"score": mean(line)}}))
`;

interface Declared {
  readonly words: readonly [string, ...string[]];
  readonly map: boolean;
  readonly adds: readonly string[];
}

const usual: Declared = { words: ["python", "score.py", "--fast"], map: false, adds: [] };

let project = "";
let home = "";
beforeEach(() => {
  [project, home] = [folder("crisol-command-"), folder("crisol-home-")];
  write(project, "stages/stage.ts", "// defined below\n");
  write(project, "stages/score.py", script);
  write(project, "stages/lib/words.py", "def mean(text):\n    return len(text)\n");
  write(project, "data/a.txt", "a text\n");
});
afterEach(() => {
  for (const path of [project, home]) rmSync(path, { recursive: true });
});

function folder(name: string): string {
  return realpathSync(mkdtempSync(join(tmpdir(), name)));
}

/** The digest of the stage's code: with the parameters, inputs and facts, which this leaves as they are, it makes the key. */
async function codeOf({ words, map, adds }: Declared = usual, root = project): Promise<string | undefined> {
  const stage = defineStage(
    { url: pathToFileURL(join(root, "stages/stage.ts")).href },
    {
      name: "scored",
      inputs: { documents: port("documents") },
      outputs: { documents: output("documents", { from: "documents", adds }) },
      run: command(words, { files: ["lib/*.py"] }),
      ...(map ? { map: "documents" as const } : {}),
    },
  );
  const store = await openStore({ directory: join(home, "store") });
  const { plan } = await makePlan(
    { pipeline: "scoring", params: {}, sources: [], nodes: [{ name: "scored", spec: stage.spec, inputs: [], params: {} }], outputs: {} },
    { project: root, store, cache: join(home, "packages.json") },
  );
  return plan.nodes[0]?.code;
}

/** What `plan` says about two different packages. */
async function difference(before: string | undefined, now: string | undefined): Promise<string> {
  expect(now).not.toBe(before);
  return compareCode(Digest.parse(before), Digest.parse(now), await openStore({ directory: join(home, "store") }));
}

test.each<[string, () => void, string]>([
  [
    "the body of its script",
    () => write(project, "stages/score.py", script.replace('"text": json', '"text": "x" + json')),
    "stages/score.py changed",
  ],
  [
    "a comment in its script: how Python reads a file is not for crisol to know",
    () => write(project, "stages/score.py", `${script}# more\n`),
    "stages/score.py changed",
  ],
  [
    "one byte that leaves the size and the time",
    () => {
      write(project, "stages/score.py", script.replace("Scores", "Scored"));
      utimesSync(join(project, "stages/score.py"), 1, 1);
    },
    "stages/score.py changed",
  ],
  [
    "a module that it imports",
    () => write(project, "stages/lib/words.py", "def mean(text):\n    return 1\n"),
    "stages/lib/words.py changed",
  ],
  ["a further module", () => write(project, "stages/lib/more.py", ""), "stages/lib/more.py added"],
])("%s changes it, and plan says so", async (_, edit, reason) => {
  const before = await codeOf();
  // no edit within a tick of the file system's clock
  await setTimeout(20);
  edit();
  expect(await difference(before, await codeOf())).toBe(reason);
});

test.each<[string, Declared, string]>([
  ["an argument", { ...usual, words: ["python", "score.py", "--slow"] }, "the words of its command changed"],
  ["the order of the arguments", { ...usual, words: ["python", "--fast", "score.py"] }, "the words of its command changed"],
  ["the program", { ...usual, words: ["python3", "score.py", "--fast"] }, "the words of its command changed"],
  ["going over shards", { ...usual, map: true }, "the input that it maps over changed"],
  ["a fact that it adds", { ...usual, adds: ["scored"] }, "its outputs changed"],
])("%s changes it, and plan says so", async (_, declared, reason) => {
  expect(await difference(await codeOf(), await codeOf(declared))).toBe(reason);
});

test.each<[string, () => void]>([
  ["nothing", () => undefined],
  ["the time of its script", () => utimesSync(join(project, "stages/score.py"), 1, 1)],
  ["the mode of its script", () => chmodSync(join(project, "stages/score.py"), 0o600)],
  ["what Python leaves beside its modules", () => write(project, "stages/lib/__pycache__/words.cpython-311.pyc", "bytes")],
  ["another file beside it", () => write(project, "stages/notes.py", "print()\n")],
  ["a file of data", () => write(project, "data/b.txt", "b text\n")],
  ["a comment where it is declared", () => write(project, "stages/stage.ts", "// declared below\n")],
])("%s leaves it", async (_, edit) => {
  const before = await codeOf();
  await setTimeout(20);
  edit();
  expect(await codeOf()).toBe(before);
});

test("the place of the checkout leaves it, and so does an edit that is taken back", async () => {
  const before = await codeOf();
  const elsewhere = folder("crisol-elsewhere-");
  try {
    cpSync(project, elsewhere, { recursive: true });
    expect(await codeOf(usual, elsewhere)).toBe(before);
    write(project, "stages/score.py", `${script}\n`);
    expect(await codeOf()).not.toBe(before);
    await setTimeout(20);
    write(project, "stages/score.py", script);
    expect(await codeOf()).toBe(before);
  } finally {
    rmSync(elsewhere, { recursive: true });
  }
});

test("a file that is lost from the store is put there again, though the cache knows it", async () => {
  const code = await codeOf();
  const lost = digestOf(script);
  rmSync(join(home, "store", "blobs", lost.slice(0, 2), lost));
  expect(await codeOf()).toBe(code);
  const store = await openStore({ directory: join(home, "store") });
  const { command: made } = JSON.parse((await store.blobs.readAll(Digest.parse(code))).toString());
  expect(made).toEqual({
    words: ["python", "score.py", "--fast"],
    files: [
      { path: "lib/words.py", sha256: expect.any(String) },
      { path: "score.py", sha256: expect.any(String) },
    ],
  });
  expect((await store.blobs.readAll(made.files[1].sha256)).toString()).toBe(script);
});
