import type { ErrorCode, ErrorParts } from "../../../schemas/error.ts";
import type { RunState, RunStatus } from "../../../schemas/run-state.ts";
import type { Store } from "../../../store/store.ts";

const OTHER_VERSION: ErrorCode = "OTHER_VERSION";

/**
 * Runs that no worker can continue, because they were started with other workflow code. Their journals say so, so that every command that shows
 * such a run reports it.
 */
export class StrandedRuns {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Mark a run as one that no worker can continue. A run that is already marked, or that this store does not know, is skipped. */
  async mark(runId: string, error: ErrorParts): Promise<boolean> {
    const state = await this.#store.runs.findState(runId);
    if (state === undefined || state.error?.code === error.code) return false;
    await this.#append({ ...state, status: state.status === "running" ? "blocked" : state.status, error });
    return true;
  }

  /**
   * Remove the mark of a run that continues after all.
   *
   * @param status returns its status according to its workflow
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
