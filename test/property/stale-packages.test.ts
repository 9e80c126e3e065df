/** Cached code packages are those of the current code. */
import { realpathSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { keysOf, planSmall, smallProject, write } from "../small-project.ts";

let project: string;
beforeEach(async () => {
  project = realpathSync(smallProject());
  // files must be old enough for the cache of packages to trust their times
  await setTimeout(80);
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

test("a package that is a link, and now leads to other code, is noticed", async () => {
  for (const [version, body] of Object.entries({ a: "text", b: "text + 1" })) {
    write(project, `versions/${version}/package.json`, '{ "name": "pure-thing", "version": "1.0.0", "main": "index.js" }');
    write(project, `versions/${version}/index.js`, `exports.pure = (text) => ${body};\n`);
  }
  const link = join(project, "node_modules/pure-thing");
  const keys = [];
  await setTimeout(80);
  for (const version of ["a", "b", "a"]) {
    rmSync(link, { recursive: true });
    symlinkSync(join(project, "versions", version), link);
    keys.push(keysOf(await planSmall(project)).second);
  }
  expect(keys[1]).not.toBe(keys[0]);
  expect(keys[2]).toBe(keys[0]);
});

test("an edit of the same length within the file system's clock tick is noticed", async () => {
  for (let digit = 0; digit < 5; digit++) {
    write(project, "stages/second/run.ts", `export const run = async () => ${digit};\n`);
    const cached = keysOf(await planSmall(project));
    expect(cached).toEqual(keysOf(await planSmall(project, {}, join(project, `.other-${digit}`))));
  }
});

test("stages bundled together give the same packages as alone", async () => {
  const together = keysOf(await planSmall(project));
  write(project, "stages/second/run.ts", "export const run = async () => 0;\n");
  const second = keysOf(await planSmall(project));
  expect(second.first).toBe(together.first);
  expect(second.second).not.toBe(together.second);
});
