/**
 * Set-up, in a fresh clone or at any time: Node, npm packages, Python environment; each only when it does not match the locks.
 *
 * `npm run setup`, or `node scripts/setup.mjs`; `npm start`, `npm test` and `npm run check` begin with it. Runs on Node 20 with nothing installed.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { PACKAGE_ROOT } from "../bin/find-node.mjs";
import { fail } from "./setup/failure.mjs";
import { holding } from "./setup/lock.mjs";
import { installNode, readyNode } from "./setup/node.mjs";
import { installPackages, packagesReady } from "./setup/packages.mjs";
import { installPython, pythonReady } from "./setup/python.mjs";

/**
 * Make sure that everything is installed.
 *
 * @param {string} [root] crisol's folder
 * @returns {Promise<string>} the path of the Node to run crisol with
 */
export async function setUp(root = PACKAGE_ROOT) {
  // An installed crisol had its packages installed with it.
  const clone = existsSync(join(root, "package-lock.json"));
  const ready = readyNode(root);
  if (ready !== undefined && (!clone || packagesReady(root)) && pythonReady(root)) return ready;
  return await holding(
    join(root, ".cache", "setup.lock"),
    (other) => console.error(`set-up: process ${other.pid} is already running it, waiting ...`),
    async (setChild) => {
      const node = readyNode(root) ?? (await installNode(root, setChild));
      if (clone && !packagesReady(root)) await installPackages(root, node, setChild);
      if (!pythonReady(root)) await installPython(root, setChild);
      return node;
    },
  );
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  await setUp().then(() => console.error("set-up: everything is installed"), fail);
}
