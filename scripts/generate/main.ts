/** Writes the generated files; with `--check` it only names those that are stale, and fails if there are any. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { argv } from "node:process";
import { generatedFiles } from "./generated-files.ts";

const root = dirname(dirname(import.meta.dirname));
const files = generatedFiles();
const stale = files.filter(({ path, text }) => textOf(path) !== text);
const known = new Set(files.map(({ path }) => path));
const left = readdirSync(join(root, "schemas", "json"))
  .map((name) => `schemas/json/${name}`)
  .filter((path) => !known.has(path));

if (argv.includes("--check")) {
  for (const { path } of stale) console.error(`${path} is not what the schemas say: npm run generate`);
  for (const path of left) console.error(`${path} is of no schema any more: npm run generate`);
  process.exitCode = stale.length + left.length > 0 ? 1 : 0;
} else {
  for (const { path, text } of stale) writeFileSync(join(root, path), text);
  for (const path of left) rmSync(join(root, path));
  console.error(`${stale.length} of ${files.length} files written, ${left.length} removed`);
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), "utf8");
  } catch {
    return undefined;
  }
}
