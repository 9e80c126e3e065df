import type { Config } from "../config/define.ts";
import { loadConfig } from "../config/load.ts";
import type { Home } from "../services/home.ts";
import { type Check, checking } from "./check.ts";
import { checkInstallation } from "./installation.ts";
import { checkPlace } from "./place.ts";
import { checkRunning } from "./running.ts";

/** Look at everything that a run needs, and say how to mend what is wrong. Starts nothing. */
export async function diagnose(home: Home, project: string = process.cwd()): Promise<Check[]> {
  let config: Config | undefined;
  const [installation, place, settings] = await Promise.all([
    Promise.all(checkInstallation()),
    checkPlace(home),
    checking("settings", "correct temporal.config.ts", async () => {
      config = await loadConfig(project);
      return config.address === undefined ? "a Temporal server of the home's own" : `the Temporal server at ${config.address}`;
    }),
  ]);
  const running = config === undefined ? [] : await checkRunning(home, config);
  return [...installation, ...place, settings, ...running];
}
