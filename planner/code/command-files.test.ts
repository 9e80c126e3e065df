import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { command } from "../../dsl/command.ts";
import { findCommandFiles } from "./command-files.ts";

let project = "";
beforeEach(() => {
  project = realpathSync(mkdtempSync(join(tmpdir(), "crisol-command-")));
  for (const path of [
    "score.py",
    "run.sh",
    "lib/a.py",
    "lib/b/c.py",
    "lib/__pycache__/a.pyc",
    "lib/data.json",
    "params.json",
    "../up.py",
  ]) {
    const file = join(project, "stages", path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, path);
  }
});
afterEach(() => rmSync(project, { recursive: true }));

async function filesOf(...[words, options]: Parameters<typeof command>): Promise<string[]> {
  const ports = { folders: [] };
  const url = pathToFileURL(join(project, "stages", "stage.ts")).href;
  const found = await findCommandFiles("scored", { type: "command", url, ...command(words, options), ports }, project);
  expect(found.map(({ from }) => from)).toEqual(found.map(({ path }) => join(project, "stages", path)));
  return found.map(({ path }) => path);
}

test.each<[string, Parameters<typeof command>, readonly string[]]>([
  ["the files that its words name", [["python", "score.py", "--config", "lib/data.json", "5"]], ["lib/data.json", "score.py"]],
  ["a program of its own", [["./run.sh", "-x"]], ["run.sh"]],
  ["no file that only happens to be called as the program", [["score.py"]], []],
  ["a file once, however it is named", [["python", "./score.py"], { files: ["*.py", "score.py"] }], ["score.py"]],
  [
    "what its globs match, without what Python leaves behind",
    [["python", "-m", "lib"], { files: ["lib/**"] }],
    ["lib/a.py", "lib/b/c.py", "lib/data.json"],
  ],
  ["no folders and no options", [["python", "-c", "print(1)", "lib", "--score.py", "/bin/sh"]], []],
])("a command has %s", async (_, given, expected) => {
  expect(await filesOf(...given)).toEqual(expected);
});

test.each<[string, Parameters<typeof command>, string, string]>([
  ["a script that is not there", [["python", "scoer.py"]], 'names the file "scoer.py", which is not there', "write it: stages/scoer.py"],
  ["a program that is not there", [["./score"]], 'names the file "./score", which is not there', "write it: stages/score"],
  [
    "a script at the project's root",
    [["python", "up.py"]],
    '"up.py", which is not there',
    "looked up beside the module, and there is one in the project's folder",
  ],
  [
    "a glob that matches nothing",
    [["python", "score.py"], { files: ["models/*"] }],
    'no file of the command matches "models/*"',
    "write it",
  ],
  ["a glob of by-products alone", [["python", "score.py"], { files: ["lib/__pycache__/*"] }], "no file of the command matches", "write it"],
  ["a file above the module", [["python", "../up.py"]], 'file "../up.py" is outside', "move it beside or below the module"],
  ["a glob above the module", [["python", "score.py"], { files: ["../*.py"] }], 'file "../*.py" is outside', "move it beside"],
  ["an absolute glob", [["python", "score.py"], { files: ["/etc/*"] }], 'file "/etc/*" is outside', "move it beside"],
  ["a file where the parameters go", [["cat", "params.json"]], 'has a file "params.json"', "give the file another name"],
])("%s is refused before anything runs", async (_, given, what, fix) => {
  await expect(filesOf(...given)).rejects.toMatchObject({
    parts: {
      code: "PIPELINE_INVALID",
      what: expect.stringContaining(what),
      where: 'stage "scored" in stages/stage.ts',
      fix: expect.stringContaining(fix),
    },
  });
});
