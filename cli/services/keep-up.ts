import { setTimeout as sleep } from "node:timers/promises";

/** Something that runs until it ends. */
interface Running {
  readonly ended: Promise<string>;
}

/** After so long a life, an end is a new story: the next start is at once again. Milliseconds, as the rest. */
const STEADY = 10_000;
/** Longest wait after the end of what was up, with which a run waits; and after a start that failed, which is for somebody to mend. */
const LONGEST_WAIT = { ended: 1_000, failed: 30_000 } as const;

/**
 * Start something, and start it again whenever it ends: at once the first time, then after waits that double, until the signal aborts.
 *
 * @param launch is awaited; what it throws counts as a start that failed. Told with `failed`, and how many there were in a row.
 */
export async function keepUp(
  launch: (restarts: number) => Promise<Running>,
  events: { readonly ended: (how: string) => Promise<void>; readonly failed: (error: unknown, times: number) => Promise<void> },
  signal: AbortSignal,
): Promise<void> {
  let ends = 0;
  let failures = 0;
  for (let restarts = 0; !signal.aborted; restarts += 1) {
    const started = performance.now();
    try {
      const running = await launch(restarts);
      failures = 0;
      const how = await running.ended;
      if (signal.aborted) return;
      if (performance.now() - started > STEADY) ends = 0;
      await events.ended(how);
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      await events.failed(error, failures);
    }
    await sleep(waitAfter(ends, failures > 0 ? "failed" : "ended"), undefined, { signal }).catch(() => undefined);
    ends += 1;
  }
}

/** Milliseconds to wait after so many ends in a row before this one. */
export function waitAfter(ends: number, how: keyof typeof LONGEST_WAIT): number {
  return ends === 0 ? 0 : Math.min(LONGEST_WAIT[how], 125 * 2 ** ends);
}
