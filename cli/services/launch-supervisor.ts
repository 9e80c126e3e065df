import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import type { Home } from "./home.ts";
import { cliModule } from "./program-paths.ts";

/** Exit code of a supervisor that found another one at work. */
export const LOCK_HELD = 75;

/** What a supervisor is started with. */
export const supervisorModule = cliModule("services/supervisor-main");

/** A supervisor that was started, and how it ended, when it has. */
export interface LaunchedSupervisor {
  readonly ended: number | undefined;
}

/** Start a supervisor that outlives this process and its terminal. One too many ends by itself, with LOCK_HELD. */
export function launchSupervisor(home: Home, worker: string | undefined): LaunchedSupervisor {
  const words = openSync(join(home.logs, "supervisor.err"), "w");
  const args = [supervisorModule, "--home", home.folder, ...(worker === undefined ? [] : ["--worker", worker])];
  const child = spawn(process.execPath, args, { detached: true, stdio: ["ignore", words, words] });
  closeSync(words);
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
