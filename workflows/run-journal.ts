import { proxyLocalActivities, upsertSearchAttributes } from "@temporalio/workflow";
import type { RunStatus } from "../schemas/run-state.ts";
import type { InterpretedRun } from "./interpreted-run.ts";
import type { Resolution, RunActivities, RunProgress, StageError } from "./protocol.ts";

const { resolve, journal } = proxyLocalActivities<RunActivities>({
  startToCloseTimeout: "10 minutes",
  retry: { maximumInterval: "10 seconds" },
});

/** What a run reports of itself: to its journal in the store, to the server, which lists it by that, and to queries. */
export class RunJournal {
  readonly #run: InterpretedRun;
  #status: RunStatus = "running";

  constructor(run: InterpretedRun) {
    this.#run = run;
  }

  get progress(): RunProgress {
    return { status: this.#status, planDigest: this.#run.planDigest, nodes: this.#run.turns };
  }

  /** Look up what the store has of the plan, which begins the journal; a run that is `continued` has a journal already. */
  async begin(continued: boolean): Promise<Resolution> {
    this.#status = "running";
    const { runId, planDigest } = this.#run;
    const resolution = await resolve({ runId, planDigest, continued });
    if (!continued) this.#reportToServer();
    return resolution;
  }

  /** Report how the run stands from now on; `error`: why, where that is no stage's. */
  async report(status: RunStatus, error?: StageError): Promise<void> {
    this.#status = status;
    this.#reportToServer();
    const { runId, epoch, errors } = this.#run;
    const turn = { runId, epoch, ...this.progress, errors };
    await journal(error === undefined ? turn : { ...turn, error });
  }

  #reportToServer(): void {
    upsertSearchAttributes({ CrisolStatus: [this.#status], CrisolPlan: [this.#run.planDigest] });
  }
}
