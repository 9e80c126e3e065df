import { delimiter, join } from "node:path";
import { crisolFolder } from "../package-folder.ts";

/** The folder that holds the Python package `crisol_trainer`. */
export const trainerFolder = join(crisolFolder, "trainer");

/** A program of the Python environment that set-up created. */
export function environmentProgram(name: "python" | "temporal"): string {
  return process.platform === "win32" ? join(crisolFolder, ".venv", "Scripts", `${name}.exe`) : join(crisolFolder, ".venv", "bin", name);
}

/** The Python that runs the trainer: `CRISOL_PYTHON`, else the one that set-up installed. */
export function trainerPython(): string {
  return process.env.CRISOL_PYTHON ?? environmentProgram("python");
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
