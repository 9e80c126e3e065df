import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const pages = ["docs/architecture.md", "CONTRIBUTING.md"];

test.each(pages)("the files and folders that %s names exist", (page) => {
  const text = readFileSync(join(root, page), "utf8");
  const named = [...text.matchAll(/`([\w.-]+\/[\w./-]*)`/g)].map(([, path = ""]) => path);
  // `objects/` in a row about store/ is relative to that
  const isFromTheTop = (path: string) => /\.\w+$/.test(path) || existsSync(join(root, path.split("/")[0] ?? ""));
  const missing = named.filter((path) => isFromTheTop(path) && !existsSync(join(root, path)));
  expect(named.length).toBeGreaterThan(5);
  expect(missing).toEqual([]);
});

test("every folder of code is in the table of docs/architecture.md", () => {
  const text = readFileSync(join(root, "docs/architecture.md"), "utf8");
  for (const folder of [
    "activities",
    "chaos",
    "cli",
    "dsl",
    "engine",
    "inference",
    "planner",
    "schemas",
    "stage-code",
    "store",
    "system",
    "trainer",
    "workflows",
  ])
    expect(text).toContain(`| \`${folder}/\` |`);
});
