/** The built-in stages' code has the same digest in every checkout, locale and time zone; the language's own code is no part of it. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { crisolFolder } from "../../system/package-folder.ts";

let root: string;
let copy: string;
let original: Map<string, string>;
beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "crisol-checkouts-")));
  copy = join(root, "another place", "crisol-2");
  mkdirSync(copy, { recursive: true });
  const wanted = readdirSync(crisolFolder).filter((name) => !name.startsWith(".") && name !== "node_modules");
  for (const name of wanted) cpSync(join(crisolFolder, name), join(copy, name), { recursive: true });
  symlinkSync(join(crisolFolder, "node_modules"), join(copy, "node_modules"));
  original = digests(crisolFolder, "original");
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Digest of each built-in stage's code, made by a process of its own. */
function digests(folder: string, home: string, env: { readonly [name: string]: string } = {}): Map<string, string> {
  const script = join(folder, "test/fixtures/print-keys.ts");
  const text = execFileSync(process.execPath, [script, join(root, "homes", home)], {
    cwd: tmpdir(),
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  return new Map(
    text
      .trim()
      .split("\n")
      .map((line) => [line.split(" ")[0] ?? "", line.split(" ")[1] ?? ""]),
  );
}

const changed = (after: ReadonlyMap<string, string>) => [...original.keys()].filter((name) => original.get(name) !== after.get(name));
const edit = (path: string, change: (text: string) => string) => {
  const before = readFileSync(join(copy, path), "utf8");
  const after = change(before);
  if (before === after) throw new Error(`the edit of ${path} changed nothing`);
  writeFileSync(join(copy, path), after);
  return () => writeFileSync(join(copy, path), before);
};

test("another checkout, another locale and time zone", () => {
  expect(original.size).toBeGreaterThan(5);
  expect([...original].filter(([, digest]) => !/^[0-9a-f]{64}$/.test(digest))).toEqual([]);
  expect(changed(digests(copy, "copy", { LC_ALL: "tr_TR.UTF-8", LANG: "tr_TR.UTF-8", TZ: "Pacific/Apia" }))).toEqual([]);
});

test("an edit of the language changes no built-in stage", () => {
  const undo = [
    edit("dsl/stage.ts", (text) => text.replace('memory: "2 GiB"', 'memory: "3 GiB"')),
    edit("dsl/handle.ts", (text) => `${text}\nexport const more = 1;\n`),
    edit("activities/data/clean/stage.ts", (text) => text.replace(/summary: "/, 'summary: "really ')),
  ];
  expect(changed(digests(copy, "copy"))).toEqual([]);
  for (const restore of undo) restore();
});

test("an edit of one stage changes that stage; one of the trainer, the trainer", () => {
  const undo = [
    edit("activities/data/clean/run.ts", (text) => text.replace(/export const run\b/, "console.log(1);\nexport const run")),
    edit("trainer/requirements.lock", (text) => `${text}\n# more\n`),
    edit("trainer/crisol_trainer/evaluation/unigram.py", (text) => `${text}\nmore = 1\n`),
  ];
  expect(changed(digests(copy, "copy"))).toEqual(["clean", "trainer", "trainer/evaluate"]);
  for (const restore of undo) restore();
});
