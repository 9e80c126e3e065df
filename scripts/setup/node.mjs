/** Installs a Node that runs TypeScript where this machine's is older: npm's binary for this platform, in `.toolchain`. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { arch, execPath, platform, versions } from "node:process";
import { MINIMUM_NODE, runsOnNewNode, toolchainNode } from "../../bin/find-node.mjs";
import { SetupFailure } from "./failure.mjs";
import { runStep } from "./step.mjs";

const VERSION = "24.21.0";

/** The Node that everything runs on, if it is already installed. @param {string} root @returns {string | undefined} */
export function readyNode(root) {
  if (runsOnNewNode()) return execPath;
  try {
    if (readFileSync(join(root, ".toolchain", "node-version"), "utf8") !== VERSION) return undefined;
  } catch {
    return undefined;
  }
  return existsSync(toolchainNode(root)) ? toolchainNode(root) : undefined;
}

/** @param {string} root @param {(pid: number | undefined) => void} setChild @returns {Promise<string>} */
export async function installNode(root, setChild) {
  const folder = join(root, ".toolchain");
  const name = `node-${platform === "win32" ? "win" : platform}-${arch}`;
  const byHand = `install Node ${MINIMUM_NODE} or later by hand, from https://nodejs.org`;
  if (!installed(root)) {
    rmSync(join(folder, "node_modules"), { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await runStep(`Node ${VERSION}, because this is Node ${versions.node}`, {
      command: "npm",
      args: ["install", "--prefix", folder, "--save-exact", "--no-audit", "--no-fund", `node@npm:${name}@${VERSION}`],
      cwd: folder,
      log: join(root, ".cache", "setup", "node.log"),
      why: `crisol is TypeScript that Node ${MINIMUM_NODE} runs as it is`,
      fix: `check that npm can reach its registry (npm ping), or ${byHand}`,
      setChild,
    });
  }
  if (!installed(root)) {
    throw new SetupFailure({
      what: `npm installed ${name}@${VERSION}, but it contains no program`,
      where: toolchainNode(root),
      why: `crisol is TypeScript that Node ${MINIMUM_NODE} runs as it is`,
      fix: byHand,
    });
  }
  writeFileSync(join(folder, "node-version"), VERSION);
  return toolchainNode(root);
}

/** @param {string} root */
function installed(root) {
  const node = toolchainNode(root);
  if (!existsSync(node)) return false;
  const description = join(platform === "win32" ? dirname(node) : dirname(dirname(node)), "package.json");
  return (
    existsSync(join(root, ".toolchain", "node_modules", ".package-lock.json")) &&
    JSON.parse(readFileSync(description, "utf8")).version === VERSION
  );
}
