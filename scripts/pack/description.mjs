/** package.json while it is packed: changed, and restored afterwards, or by the next pack if this one was killed. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE_ROOT } from "../../bin/find-node.mjs";

const path = join(PACKAGE_ROOT, "package.json");
const kept = join(PACKAGE_ROOT, ".cache", "package.json");

/** @typedef {Record<string, unknown> & { exports: Record<string, string> }} Description */

/** @param {(description: Description) => object} change */
export function keepDescription(change) {
  const text = readFileSync(path, "utf8");
  mkdirSync(join(PACKAGE_ROOT, ".cache"), { recursive: true });
  writeFileSync(`${kept}.new`, text);
  renameSync(`${kept}.new`, kept);
  writeFileSync(path, `${JSON.stringify(change(JSON.parse(text)), null, 2)}\n`);
}

export function restoreDescription() {
  if (existsSync(kept)) renameSync(kept, path);
}
