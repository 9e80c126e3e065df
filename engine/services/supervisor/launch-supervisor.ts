import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { ownModule } from "../../../system/package-folder.ts";
import type { Home } from "../../home.ts";

/** Exit code of a supervisor that found another one running. */
export const LOCK_HELD = 75;

/** The module that a supervisor runs. */
export const supervisorModule = ownModule("engine/services/supervisor/supervisor-main");

/** A supervisor that was started, and its exit code once it has ended. */
export interface LaunchedSupervisor {
  readonly ended: number | undefined;
}

/** Start a supervisor that outlives this process and its terminal. If there is one already, the new one ends with LOCK_HELD. */
export function launchSupervisor(home: Home, worker: string | undefined): LaunchedSupervisor {
  const errorLog = openSync(join(home.logs, "supervisor.err"), "w");
  const args = [supervisorModule, "--home", home.folder, ...(worker === undefined ? [] : ["--worker", worker])];
  const child = spawn(process.execPath, args, { detached: true, stdio: ["ignore", errorLog, errorLog] });
  closeSync(errorLog);
  child.unref();
  const launched: { ended: number | undefined } = { ended: undefined };
  child.once("error", () => {
    launched.ended = 1;
  });
  child.once("exit", (code) => {
    launched.ended = code ?? 0;
  });
  return launched;
}
