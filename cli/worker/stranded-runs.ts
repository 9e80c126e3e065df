import type { ErrorCode, ErrorParts } from "../../schemas/error.ts";
import type { RunState, RunStatus } from "../../schemas/run-state.ts";
import type { Store } from "../../store/store.ts";

const OTHER_VERSION: ErrorCode = "OTHER_VERSION";

/**
 * Runs that no worker can go on with, because they were begun with other workflow code: their journals say so, so that everybody sees it who asks
 * how such a run stands.
 */
export class StrandedRuns {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Write down that nobody can go on with a run. One whose journal says so already, or which this store does not know, is passed over. */
  async mark(runId: string, error: ErrorParts): Promise<boolean> {
    const state = await this.#store.runs.findState(runId);
    if (state === undefined || state.error?.code === error.code) return false;
    await this.#append({ ...state, status: state.status === "running" ? "blocked" : state.status, error });
    return true;
  }

  /**
   * Write down that a run goes on after all.
   *
   * @param status how it stands, as its workflow says
   */
  async clear(runId: string, status: () => Promise<RunStatus>): Promise<void> {
    if ((await this.#store.runs.findState(runId))?.error?.code !== OTHER_VERSION) return;
    const now = await status();
    // read again: stages may have ended while the workflow was asked
    const state = await this.#store.runs.findState(runId);
    if (state === undefined) return;
    const { error: _, ...rest } = state;
    await this.#append({ ...rest, status: now });
  }

  #append(state: RunState): Promise<void> {
    return this.#store.runs.append(state.runId, [{ type: "state", at: new Date().toISOString(), state }]);
  }
}
