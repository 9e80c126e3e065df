import { setTimeout as sleep } from "node:timers/promises";

/** Something that is running. */
interface Running {
  readonly ended: Promise<string>;
}

/** What has been up for this long is restarted at once when it ends. Milliseconds, like the rest. */
const STEADY_MS = 10_000;
/** Longest wait before a restart: after the end of something that was up, since runs wait for it; and after a failed start, which somebody must fix. */
const LONGEST_WAIT_MS = { ended: 1_000, failed: 30_000 } as const;

/**
 * Start something, and restart it whenever it ends: at once the first time, then after waits that double, until the signal aborts.
 *
 * @param launch is awaited; if it throws, the start has failed, and `failed` is called with the number of failed starts in a row.
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
      if (performance.now() - started > STEADY_MS) ends = 0;
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

/** Milliseconds to wait after an end, given the number of ends in a row before it. */
export function waitAfter(ends: number, how: keyof typeof LONGEST_WAIT_MS): number {
  return ends === 0 ? 0 : Math.min(LONGEST_WAIT_MS[how], 125 * 2 ** ends);
}
