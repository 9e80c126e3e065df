/**
 * Before `npm pack` and `npm publish`: compile into dist/, because Node does not strip types below node_modules, and point package.json there.
 *
 * `postpack.mjs` restores package.json.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE_ROOT } from "../../bin/find-node.mjs";
import { keepDescription, restoreDescription } from "./description.mjs";

const dist = join(PACKAGE_ROOT, "dist");

restoreDescription();
rmSync(dist, { recursive: true, force: true });
execFileSync(process.execPath, [join("node_modules", "typescript", "bin", "tsc"), "-p", "tsconfig.build.json"], {
  cwd: PACKAGE_ROOT,
  stdio: "inherit",
});

// a stage names its code in a string, which the compiler leaves as it is
for (const name of readdirSync(join(dist, "activities"), { recursive: true, encoding: "utf8" })) {
  if (!name.endsWith("stage.js")) continue;
  const path = join(dist, "activities", name);
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.replace(/\brun: "\.\/([^"]+)\.ts"/g, 'run: "./$1.js"'));
}

keepDescription((description) => {
  const { scripts: _scripts, devDependencies: _devDependencies, allowScripts: _allowScripts, ...rest } = description;
  const exports = Object.fromEntries(Object.entries(description.exports).map(([name, path]) => [name, compiled(path)]));
  return { ...rest, exports: { ...exports, "./package.json": "./package.json" } };
});

/** @param {string} path "./dsl/index.ts" */
function compiled(path) {
  const module = path.replace(/^\.\/(.*)\.ts$/, "./dist/$1");
  return { types: `${module}.d.ts`, default: `${module}.js` };
}
