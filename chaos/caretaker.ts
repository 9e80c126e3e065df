import { setTimeout as sleep } from "node:timers/promises";
import { connectionSettings } from "../engine/connection/settings/connection.ts";
import { RunClient } from "../engine/runs/run-client.ts";
import { servicesStatus } from "../engine/services/up.ts";
import type { ChaosHome } from "./chaos-home.ts";
import type { RunWatch } from "./run-watch.ts";

/** Milliseconds between two checks. */
const LOOK_EVERY_MS = 300;
/** Failures in a row after which the caretaker gives up. */
const PATIENCE = 10;

/** What the user of a run would have had to do. */
export interface Care {
  /** Times that the services were restarted, because their supervisor was killed. */
  restarts: number;
  /** Times that the run was blocked, its attempts used up by kills, and was resumed. */
  resumes: number;
}

/**
 * Do what a user would do until a run is over: give the command again when its services are gone, and `crisol resume --retry` when it is blocked.
 *
 * @throws CrisolError when the services do not come back
 */
export async function takeCare(home: ChaosHome, watch: RunWatch, signal: AbortSignal): Promise<Care> {
  const care: Care = { restarts: 0, resumes: 0 };
  let failures = 0;
  let resumedAt = -1;
  while (!watch.over && !signal.aborted) {
    try {
      const services = await servicesStatus(home.home);
      if (services?.alive.supervisor !== true || services.phase === "failed") {
        await home.services();
        care.restarts += 1;
      }
      if (watch.state.status === "blocked" && watch.states > resumedAt) {
        resumedAt = watch.states;
        await resume(home, watch.runId);
        care.resumes += 1;
      }
      failures = 0;
    } catch (error) {
      // killed while it came up: a user would give the command again
      failures += 1;
      resumedAt = -1;
      if (failures > PATIENCE) throw error;
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
  return care;
}

async function resume(home: ChaosHome, runId: string): Promise<void> {
  const config = await home.session.config();
  const { address, namespace } = await home.services();
  const client = await RunClient.connectTo(await connectionSettings(config, address), namespace, config);
  try {
    await client.resume(runId, {});
  } finally {
    await client.close();
  }
}
