import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Crisol's own folder: in a clone the repository's root, in an installed package one above `dist/`. */
export const crisolFolder = packageFolder(dirname(fileURLToPath(import.meta.url)));

/** The folder that holds the Python package `crisol_trainer`. */
export const trainerFolder = join(crisolFolder, "trainer");

/** The Python that runs the trainer: `CRISOL_PYTHON`, else the environment that set-up made. */
export function trainerPython(): string {
  return process.env.CRISOL_PYTHON ?? join(crisolFolder, ".venv", process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
}

/** The trainer's environment: threads that sleep when idle (25 times faster beside a busy neighbour), no network, no bytecode files. */
export function trainerEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PYTHONPATH: [trainerFolder, ...(process.env.PYTHONPATH ? [process.env.PYTHONPATH] : [])].join(delimiter),
    PYTHONUNBUFFERED: "1",
    PYTHONHASHSEED: "0",
    OMP_WAIT_POLICY: "passive",
    GOMP_SPINCOUNT: "0",
    HF_HUB_OFFLINE: "1",
    TRANSFORMERS_OFFLINE: "1",
    TOKENIZERS_PARALLELISM: "false",
    CUBLAS_WORKSPACE_CONFIG: ":4096:8",
  };
}

function packageFolder(from: string): string {
  if (existsSync(join(from, "package.json"))) return from;
  const parent = dirname(from);
  return parent === from ? from : packageFolder(parent);
}
