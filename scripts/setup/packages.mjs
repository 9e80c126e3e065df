/** Installs the npm packages that package-lock.json names, when node_modules holds something else. */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { runStep } from "./step.mjs";

/** @param {string} root */
const stampPath = (root) => join(root, "node_modules", ".crisol-setup");

/** @param {string} root */
function lockDigest(root) {
  return createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
}

/** Whether node_modules was installed from this lock. @param {string} root */
export function packagesReady(root) {
  return read(stampPath(root)) === lockDigest(root);
}

/** @param {string} root @param {string} node @param {(pid: number | undefined) => void} setChild */
export async function installPackages(root, node, setChild) {
  if (!installedFrom(root)) {
    await runStep("npm packages", {
      command: "npm",
      args: ["ci", "--no-audit", "--no-fund"],
      cwd: root,
      log: join(root, ".cache", "setup", "npm.log"),
      // npm runs on the Node that will use the packages; onnxruntime-node would fetch CUDA libraries.
      env: { PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ""}`, ONNXRUNTIME_NODE_INSTALL: "skip" },
      why: "crisol needs the packages of package-lock.json, exactly",
      fix: "check that npm can reach its registry (npm ping) and that the disk has 1 GB free",
      setChild,
    });
  }
  writeFileSync(stampPath(root), lockDigest(root));
}

/**
 * Whether npm last installed into node_modules what the lock says: npm lists that in a hidden lock, at the very end of an install.
 * So a manual `npm install` is not repeated here.
 *
 * @param {string} root
 */
function installedFrom(root) {
  const hidden = read(join(root, "node_modules", ".package-lock.json"));
  if (hidden === undefined) return false;
  /** @type {Record<string, { integrity?: string }>} */
  const there = JSON.parse(hidden).packages;
  /** @type {Record<string, { integrity?: string, optional?: boolean }>} */
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  return (
    Object.keys(there).every((path) => path in wanted) &&
    Object.entries(wanted).every(
      ([path, entry]) => path === "" || (path in there ? there[path]?.integrity === entry.integrity : entry.optional === true),
    )
  );
}

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
