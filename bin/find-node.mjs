/** Finds the Node that runs crisol's TypeScript: version 24 or later. Plain JavaScript, because an older Node runs it. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { execPath, platform, versions } from "node:process";
import { fileURLToPath } from "node:url";

/** The first major version of Node that runs crisol. */
export const MINIMUM_NODE = 24;

/** crisol's own folder. */
export const PACKAGE_ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Where set-up puts its own Node, below `root`. @param {string} root */
export function toolchainNode(root) {
  const folder = join(root, ".toolchain", "node_modules", "node");
  return platform === "win32" ? join(folder, "node.exe") : join(folder, "bin", "node");
}

/** Whether this process runs on a Node that is new enough. */
export function runsOnNewNode() {
  return Number.parseInt(versions.node, 10) >= MINIMUM_NODE;
}

/**
 * The path of a Node that is new enough: this one, else the one of the project in the working directory, else the one of crisol's own folder.
 *
 * @param {string} [project]
 * @returns {string | undefined}
 */
export function findNode(project = process.cwd()) {
  if (runsOnNewNode()) return execPath;
  return [toolchainNode(project), toolchainNode(PACKAGE_ROOT)].find((path) => existsSync(path));
}
