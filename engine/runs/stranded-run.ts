import { CrisolError } from "../../schemas/error.ts";
import type { Store } from "../../store/store.ts";

const OTHER_VERSION = "OTHER_VERSION";

/** Whether a run waits for other workflow code than that of the workers that are up; call this only once they are up. */
export async function isStranded(store: Store, runId: string): Promise<boolean> {
  return (await store.runs.state(runId)).error?.code === OTHER_VERSION;
}

/**
 * Make sure that a run has a worker that can continue it: without one, requests to the run would wait.
 *
 * @throws CrisolError OTHER_VERSION
 */
export async function needWorker(store: Store, runId: string): Promise<void> {
  const { error } = await store.runs.state(runId);
  if (error?.code === OTHER_VERSION) throw new CrisolError({ ...error, code: OTHER_VERSION });
}
