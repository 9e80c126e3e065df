import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { environmentProgram, trainerFolder, trainerPython } from "../../system/processes/python-environment.ts";
import { setupCommand } from "../../system/setup-command.ts";
import { type Check, checking } from "./check.ts";

const run = promisify(execFile);
const PATIENCE_MS = 60_000;

/** Packages whose native parts must load on this machine. */
const nativePackages = ["esbuild", "@temporalio/core-bridge", "onnxruntime-node"];

/** Exits with the differences from the lock; otherwise loads what breaks most easily, and prints its versions. */
const comparePackages = `
import importlib.metadata, re, sys
wrong = []
for line in open(sys.argv[1]):
    name, _, version = line.strip().partition("==")
    if not version or name.startswith("#"): continue
    try: there = importlib.metadata.version(name).split("+")[0]
    except importlib.metadata.PackageNotFoundError: there = "missing"
    if there != version: wrong.append(f"{name} {there} instead of {version}")
if wrong: sys.exit("; ".join(wrong[:5]) + ("; ..." if len(wrong) > 5 else ""))
import torch, transformers
print(f"torch {torch.__version__}, transformers {transformers.__version__}, CUDA devices: {torch.cuda.device_count()}")
`;

/** Whether everything that set-up installs is there and works. */
export function checkInstallation(): Promise<Check>[] {
  const fix = setupCommand();
  return [
    checking("node", "install Node 24 or later, or run set-up, which installs it", async () => {
      if (Number.parseInt(process.versions.node, 10) < 24)
        throw new Error(`this is Node ${process.versions.node}, crisol needs 24 or later`);
      return `${process.versions.node} (${process.execPath})`;
    }),
    checking("npm packages", fix, async () => {
      const require = createRequire(import.meta.url);
      for (const name of nativePackages) require(name);
      return `installed; native parts load: ${nativePackages.join(", ")}`;
    }),
    checking("python", `${fix}, or set CRISOL_PYTHON to a Python that has the trainer's packages`, async () => {
      const python = trainerPython();
      if (!existsSync(python)) throw new Error(`there is no ${python}`);
      return `${(await output(python, ["--version"])).replace("Python ", "")} (${python})`;
    }),
    checking("trainer packages", fix, () => output(trainerPython(), ["-c", comparePackages, join(trainerFolder, "requirements.lock")])),
    checking("temporal server", fix, async () => {
      const program = environmentProgram("temporal");
      if (!existsSync(program)) throw new Error(`there is no ${program}`);
      return (await output(program, ["--version"])).replace("temporal version ", "");
    }),
  ];
}

/** The output of a program; if it fails, its last line on standard error is the error's message. */
async function output(program: string, args: readonly string[]): Promise<string> {
  try {
    return (await run(program, args, { timeout: PATIENCE_MS })).stdout.trim();
  } catch (error) {
    const words = error instanceof Error && "stderr" in error ? String(error.stderr).trim().split("\n").at(-1) : "";
    throw new Error(words || (error instanceof Error ? error.message : String(error)), { cause: error });
  }
}
