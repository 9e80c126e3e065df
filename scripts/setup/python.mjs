/** Creates the project's Python environment `.venv`: PyTorch and the trainer's packages, and the Temporal server's wheel. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { env, platform } from "node:process";
import { SetupFailure } from "./failure.mjs";
import { runStep } from "./step.mjs";

/** NumPy and Transformers need it. */
const MINIMUM = [3, 11];

/** @param {string} root */
export function environmentPython(root) {
  return platform === "win32" ? join(root, ".venv", "Scripts", "python.exe") : join(root, ".venv", "bin", "python");
}

/** What the environment must be created from. Its scripts hold absolute paths, so a folder that moved needs a new one. @param {string} root */
function wanted(root) {
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "trainer", "requirements.lock")))
    .digest("hex");
  return `${lock} ${root}`;
}

/** @param {string} root */
const stampPath = (root) => join(root, ".venv", ".crisol-setup");

/** Exists while pip is running. @param {string} root */
const installingPath = (root) => join(root, ".venv", ".crisol-installing");

/** @param {string} root */
export function pythonReady(root) {
  try {
    return existsSync(environmentPython(root)) && readFileSync(stampPath(root), "utf8") === wanted(root);
  } catch {
    return false;
  }
}

/** @param {string} root @param {(pid: number | undefined) => void} setChild */
export async function installPython(root, setChild) {
  const python = environmentPython(root);
  const folder = join(root, ".venv");
  const moved = existsSync(stampPath(root)) && !readFileSync(stampPath(root), "utf8").endsWith(` ${root}`);
  // pip takes a package for installed even if it was killed while installing it
  const halfDone = existsSync(installingPath(root));
  if (moved || halfDone || spawnSync(python, ["-m", "pip", "--version"], { stdio: "ignore" }).status !== 0) {
    rmSync(folder, { recursive: true, force: true });
    await runStep("Python environment .venv", {
      command: findPython(root),
      args: ["-m", "venv", folder],
      cwd: root,
      log: join(root, ".cache", "setup", "venv.log"),
      why: "the trainer and the Temporal server are installed in it",
      fix: "install Python's venv module (Debian and Ubuntu: apt install python3-venv)",
      setChild,
    });
  }
  writeFileSync(installingPath(root), "");
  await runStep("Python packages (PyTorch, Transformers, the Temporal server, ...)", {
    command: python,
    args: [
      "-m",
      "pip",
      "install",
      "--disable-pip-version-check",
      "--no-input",
      "--progress-bar",
      "off",
      "-r",
      join("trainer", "requirements.lock"),
    ],
    cwd: root,
    log: join(root, ".cache", "setup", "pip.log"),
    why: "the trainer and the Temporal server need the packages of trainer/requirements.lock, exactly",
    fix: "check that pip can reach its index and that the disk has 8 GB free",
    setChild,
  }).finally(() => rmSync(installingPath(root), { force: true }));
  writeFileSync(stampPath(root), wanted(root));
}

/** The first Python on the path that is new enough and can create environments. @param {string} root */
function findPython(root) {
  const named = env.CRISOL_PYTHON;
  const candidates = named === undefined ? ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python"] : [named];
  const seen = [];
  for (const command of candidates) {
    const probe = "import sys; print('%d.%d' % sys.version_info[:2]); import venv, ensurepip";
    const { status, stdout } = spawnSync(command, ["-c", probe], { cwd: root, encoding: "utf8" });
    const [major = 0, minor = 0] = (stdout ?? "").trim().split(".").map(Number);
    if (major === 0) continue;
    const newEnough = major > Number(MINIMUM[0]) || (major === MINIMUM[0] && minor >= Number(MINIMUM[1]));
    if (newEnough && status === 0) return command;
    seen.push(`${command} is ${major}.${minor}${newEnough ? ", but without venv or ensurepip" : ""}`);
  }
  const version = MINIMUM.join(".");
  throw new SetupFailure({
    what: `no Python ${version} or later that can create environments`,
    where: seen.length === 0 ? `none of ${candidates.join(", ")} on the PATH` : seen.join("; "),
    why: "models are trained by PyTorch, and the Temporal server comes as a Python wheel",
    fix: `install Python ${version} or later with its venv module (Debian and Ubuntu: apt install python3 python3-venv; macOS: brew install python), or name one: CRISOL_PYTHON=/path/to/python3`,
  });
}
