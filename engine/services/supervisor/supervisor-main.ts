/** The supervisor process of a home: `node supervisor-main.ts --home DIR [--worker MODULE]`, started by `ensureServices`, detached from the terminal. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { LogFile } from "../../../system/files/log-file.ts";
import { ownModule } from "../../../system/package-folder.ts";
import { loadConfig } from "../../connection/settings/load.ts";
import { homeAt } from "../../home.ts";
import { settingsDigest } from "../settings-digest.ts";
import { LOCK_HELD } from "./launch-supervisor.ts";
import { hasOpenWork } from "./open-work.ts";
import { Supervisor } from "./supervisor.ts";
import { takeSupervisorLock } from "./supervisor-lock.ts";

const { values } = parseArgs({ options: { home: { type: "string" }, worker: { type: "string" } } });
if (values.home === undefined) throw new Error("usage: supervisor-main --home DIR [--worker MODULE]");
const home = homeAt(values.home);
const log = new LogFile(join(home.logs, "supervisor.log"));
process.on("uncaughtException", (error) => {
  log.note(`defect: ${error.stack}`);
  process.exit(1);
});

using lock = takeSupervisorLock(home.supervisorLock);
if (lock === undefined) {
  process.exitCode = LOCK_HELD;
} else {
  const config = await loadConfig(process.cwd());
  const supervisor = new Supervisor({
    home,
    config,
    settings: await settingsDigest(config),
    worker: values.worker ?? ownModule("engine/worker/worker-main"),
    hasHome: () => lock.isInPlace(),
    hasOpenWork: (address) => hasOpenWork(home, config, address),
    log: (message) => log.note(`supervisor ${process.pid}: ${message}`),
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => supervisor.stop(signal));
  // the terminal that started it may close
  process.on("SIGHUP", () => undefined);
  const failure = await supervisor.run();
  process.exitCode = failure === undefined ? 0 : 3;
}
