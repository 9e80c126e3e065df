import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CodePackage } from "../../../schemas/code-package.ts";
import { openStore } from "../../../store/store.ts";
import { planSmall, smallProject, write } from "../../../test/small-project.ts";
import { checkExternals } from "./check-externals.ts";

let project: string;
beforeEach(() => {
  project = smallProject();
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

async function packageOf(node: number): Promise<CodePackage> {
  const { plan } = await planSmall(project);
  const store = await openStore({ directory: join(project, ".crisol", "store") });
  const code = plan.nodes[node]?.code;
  if (code === undefined) throw new Error("no such node");
  return CodePackage.parse(JSON.parse((await store.blobs.readAll(code)).toString()));
}

test("what is installed as planned passes", async () => {
  const made = await packageOf(0);
  expect(made.imports).toEqual(["native-thing"]);
  expect(checkExternals(made, [project])).toEqual([]);
});

test("a package of another version, or of none, is named, also where only another package needs it", async () => {
  const made = await packageOf(0);
  write(project, "node_modules/native-leaf/package.json", '{ "name": "native-leaf", "version": "2.5.0" }');
  expect(checkExternals(made, [project])).toEqual(["native-leaf: planned with 2.0.0, installed 2.5.0 (locked: 2.0.0)"]);
  rmSync(join(project, "node_modules/native-thing"), { recursive: true });
  expect(checkExternals(made, [project])).toContain("native-thing: planned with 1.0.0, installed none");
});

test("what is not installed as locked never passes, however it was planned", async () => {
  write(project, "node_modules/native-leaf/package.json", '{ "name": "native-leaf", "version": "2.5.0" }');
  expect(checkExternals(await packageOf(0), [project])).toHaveLength(1);
});

test("a bundle without such packages has nothing to check", async () => {
  expect(checkExternals(await packageOf(1), ["/nowhere"])).toEqual([]);
});
