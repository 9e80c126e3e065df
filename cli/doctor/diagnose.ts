import type { Home } from "../../engine/home.ts";
import type { Check } from "./check.ts";
import { checkInstallation } from "./installation.ts";
import { checkPlace } from "./place.ts";
import { checkRunning } from "./running.ts";
import { checkSettings } from "./settings.ts";

/** Check everything that a run needs, and say how to fix what is wrong. Starts nothing. */
export async function diagnose(home: Home, project: string = process.cwd()): Promise<Check[]> {
  const [installation, place, { checks, config }] = await Promise.all([
    Promise.all(checkInstallation()),
    checkPlace(home),
    checkSettings(project),
  ]);
  const running = config === undefined ? [] : await checkRunning(home, config);
  return [...installation, ...place, ...checks, ...running];
}
