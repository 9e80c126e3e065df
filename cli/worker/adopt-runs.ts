import type { Client } from "@temporalio/client";
import type { ErrorParts } from "../../schemas/error.ts";
import type { Store } from "../../store/store.ts";
import type { RunProgress } from "../../workflows/protocol.ts";
import type { Deployment } from "./deployment.ts";
import { livePollers } from "./live-pollers.ts";
import { type OpenWorkflow, openWorkflows } from "./open-workflows.ts";
import { replayOpen } from "./replay.ts";
import { StrandedRuns } from "./stranded-runs.ts";

/** A worker that polls, with what it needs to look after runs that other workers left. */
export interface AdoptingWorker {
  readonly client: Client;
  readonly deployment: Deployment;
  readonly bundle: { readonly codePath: string };
  readonly store: Store;
  /** Told of each run that nobody can go on with. */
  readonly log: (error: ErrorParts) => void;
}

/**
 * Looks after open runs whose version of the workflow code has no worker any more: after an upgrade of crisol, say.
 *
 * Those whose histories replay on this worker's code go on with it; of the others it is written down that nobody can go on with them.
 */
export class RunAdoption {
  readonly #worker: AdoptingWorker;
  readonly #stranded: StrandedRuns;
  /** Workflows that were replayed once, and adopted or written down: the code does not change while the worker lives. */
  readonly #replayed = new Set<string>();

  constructor(worker: AdoptingWorker) {
    this.#worker = worker;
    this.#stranded = new StrandedRuns(worker.store);
  }

  /**
   * Look once. Only workers of the version that new runs go to adopt.
   *
   * @throws the first error, when all were looked at: what met one is for the next look
   */
  async look(): Promise<void> {
    const { client, deployment, bundle } = this.#worker;
    if (!(await deployment.isCurrent())) return;
    const queue = { namespace: client.options.namespace, name: `${deployment.name}-cpu`, type: "workflow" } as const;
    const [open, pollers] = await Promise.all([openWorkflows(client, queue.name), livePollers(client.workflowService, queue)]);
    const alive = new Set(pollers.flatMap(({ version }) => version ?? []));
    const left: OpenWorkflow[] = [];
    const errors: unknown[] = [];
    const note = (error: unknown) => void errors.push(error);
    for (const workflow of open) {
      if (deployment.pins(workflow.version)) await this.#goesOn(workflow).catch(note);
      else if (!this.#replayed.has(workflow.workflowId) && !alive.has(workflow.version ?? "")) left.push(workflow);
    }
    if (left.length > 0) {
      for await (const { open: workflow, breaks, unreadable } of replayOpen(client, left, bundle)) {
        const settle = async (): Promise<void> => {
          if (breaks !== undefined) await this.#strand(workflow, breaks);
          // the codec has said which key is missing; with it, a worker must be started again
          else if (unreadable === undefined) await this.#adopt(workflow);
          this.#replayed.add(workflow.workflowId);
        };
        await settle().catch(note);
      }
    }
    if (errors.length > 0) throw errors[0];
  }

  async #adopt(workflow: OpenWorkflow): Promise<void> {
    // what is pinned to nothing comes by itself
    if (workflow.version !== undefined) await this.#worker.deployment.take(workflow.workflowId);
    await this.#goesOn(workflow);
  }

  async #goesOn({ run, workflowId }: OpenWorkflow): Promise<void> {
    if (run !== workflowId) return;
    const handle = this.#worker.client.workflow.getHandle(run);
    await this.#stranded.clear(run, async () => (await handle.query<RunProgress>("progress")).status);
  }

  async #strand({ run, version }: OpenWorkflow, breaks: string): Promise<void> {
    const error: ErrorParts = {
      code: "OTHER_VERSION",
      what: "the run was started by another version of crisol, whose workflow code differs",
      where: `run ${run}, at ${breaks} (its code: ${version ?? "unknown"}, this worker's: ${this.#worker.deployment.buildId})`,
      why: "this version can't continue it, and no worker of the other one is up: the run waits, and finished work is not lost",
      fix: `install that version again and start its worker to continue the run; or stop it with \`crisol cancel ${run}\`, and \`crisol resume ${run}\` then starts a new run with this version, which skips finished work`,
    };
    if (await this.#stranded.mark(run, error)) this.#worker.log(error);
  }
}
