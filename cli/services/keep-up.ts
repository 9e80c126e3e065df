import { setTimeout as sleep } from "node:timers/promises";

/** Something that runs until it ends. */
interface Running {
  readonly ended: Promise<string>;
}

/** After so long a life, an end is a new story: the next start is at once again. Milliseconds. */
const STEADY = 60_000;
const LONGEST_WAIT = 30_000;

/**
 * Start something, and start it again whenever it ends: at once the first time, then after waits that double, until the signal aborts.
 *
 * @param launch is awaited; what it throws counts as an end.
 */
export async function keepUp(
  launch: (restarts: number) => Promise<Running>,
  events: { readonly ended: (how: string) => Promise<void>; readonly failed: (error: unknown, times: number) => Promise<void> },
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  for (let restarts = 0; !signal.aborted; restarts += 1) {
    const started = Date.now();
    try {
      const running = await launch(restarts);
      const how = await running.ended;
      if (signal.aborted) return;
      if (Date.now() - started > STEADY) failures = 0;
      await events.ended(how);
    } catch (error) {
      if (signal.aborted) return;
      await events.failed(error, failures + 1);
    }
    await sleep(waitAfter(failures), undefined, { signal }).catch(() => undefined);
    failures += 1;
  }
}

function waitAfter(failures: number): number {
  return failures === 0 ? 0 : Math.min(LONGEST_WAIT, 250 * 2 ** failures);
}
