#!/usr/bin/env node
/** The `crisol` command: finds a Node that runs TypeScript, and runs cli/main.ts with it. Plain JavaScript for Node 20. */
import { existsSync, readFileSync } from "node:fs";
import module from "node:module";
import { join } from "node:path";
import { argv, env, versions } from "node:process";
import { pathToFileURL } from "node:url";
import { findNode, MINIMUM_NODE, PACKAGE_ROOT, runsOnNewNode } from "./find-node.mjs";
import { runProgram } from "./run-program.mjs";

// An installed crisol is compiled: Node does not strip types below node_modules.
const compiled = join(PACKAGE_ROOT, "dist", "cli", "main.js");
const main = existsSync(compiled) ? compiled : join(PACKAGE_ROOT, "cli", "main.ts");
// Node's compile cache, for this process and every one that it starts.
env.NODE_COMPILE_CACHE ??= join(PACKAGE_ROOT, ".cache", "node");
env.NODE_COMPILE_CACHE_PORTABLE ??= "1";
const clone = existsSync(join(PACKAGE_ROOT, "package-lock.json"));
const setup = clone ? `npm run setup (in ${PACKAGE_ROOT})` : `node ${join(PACKAGE_ROOT, "scripts", "setup.mjs")}`;

const node = findNode();
if (node === undefined) {
  refuse(
    `this is Node ${versions.node}, and set-up has installed no newer one`,
    "on the PATH, and in .toolchain of this folder and of crisol",
    `crisol needs Node ${MINIMUM_NODE} or later`,
  );
} else if (clone && !existsSync(join(PACKAGE_ROOT, "node_modules", ".package-lock.json"))) {
  refuse("the npm packages are not installed", join(PACKAGE_ROOT, "node_modules"), "crisol runs on them");
} else if (argv.length === 3 && argv[2] === "--version") {
  console.log(JSON.parse(readFileSync(join(PACKAGE_ROOT, "package.json"), "utf8")).version);
} else if (runsOnNewNode()) {
  module.enableCompileCache?.(env.NODE_COMPILE_CACHE);
  argv[1] = main;
  await import(pathToFileURL(main).href);
} else {
  process.exitCode = await runProgram(node, [main, ...argv.slice(2)]);
}

/** @param {string} what @param {string} where @param {string} why */
function refuse(what, where, why) {
  console.error(`error ENVIRONMENT: ${what}\n  where  ${where}\n  why    ${why}\n  fix    ${setup}`);
  process.exitCode = 3;
}
