import { rmSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { move, replace } from "../../test/key-mutations/mutation.ts";
import { planSmall, smallProject } from "../../test/small-project.ts";
import { keepCode } from "./keep-code.ts";

let project: string;
beforeEach(() => {
  project = smallProject();
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

test("a plan created after a file has moved keeps the code that a run began with, and so its digest", async () => {
  const before = await planSmall(project);
  // the bundle names the files of CommonJS modules
  move("node_modules/pure-thing/index.js", "node_modules/pure-thing/main.js")(project);
  replace("node_modules/pure-thing/package.json", "index.js", "main.js")(project);
  const after = await planSmall(project);
  const [was, is] = [before, after].map(({ plan }) => plan.nodes.find(({ name }) => name === "second"));
  expect(is?.work).toBe(was?.work);
  expect(is?.code).not.toBe(was?.code);
  expect(after.digest).not.toBe(before.digest);
  expect(keepCode(after.plan, before.plan)).toEqual({ plan: before.plan, digest: before.digest });
});

test("code that means something else is taken as it is now", async () => {
  const before = await planSmall(project);
  replace("stages/first/run.ts", "limit = 10", "limit = 11")(project);
  const after = await planSmall(project);
  expect(keepCode(after.plan, before.plan)).toEqual({ plan: after.plan, digest: after.digest });
});
