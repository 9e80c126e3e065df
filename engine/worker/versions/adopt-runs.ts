import type { Client } from "@temporalio/client";
import type { ErrorParts } from "../../../schemas/error.ts";
import type { Store } from "../../../store/store.ts";
import type { RunProgress } from "../../../workflows/protocol.ts";
import { livePollers } from "../../connection/live-pollers.ts";
import { type OpenWorkflow, openWorkflows } from "../../connection/open-workflows.ts";
import type { Deployment } from "./deployment.ts";
import { replayOpen } from "./replay.ts";
import { StrandedRuns } from "./stranded-runs.ts";

/** A polling worker, with what it needs to look after runs that other workers left. */
export interface AdoptingWorker {
  readonly client: Client;
  readonly deployment: Deployment;
  readonly bundle: { readonly codePath: string };
  readonly store: Store;
  /** Called with the error of each run that no worker can continue. */
  readonly log: (error: ErrorParts) => void;
}

/**
 * Looks after open runs whose version of the workflow code no longer has a worker: after an upgrade of crisol, say.
 *
 * Runs whose histories replay on this worker's code are adopted by it; the others are marked as runs that no worker can continue.
 */
export class RunAdoption {
  readonly #worker: AdoptingWorker;
  readonly #stranded: StrandedRuns;
  /** Workflows that were replayed, and adopted or marked; once is enough, since the code does not change while the worker lives. */
  readonly #replayed = new Set<string>();

  constructor(worker: AdoptingWorker) {
    this.#worker = worker;
    this.#stranded = new StrandedRuns(worker.store);
  }

  /**
   * Check all open runs once. Only workers of the version that new runs go to adopt.
   *
   * @throws the first error, after all runs were checked; the runs that failed are checked again next time
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
      if (deployment.pins(workflow.version)) await this.#clear(workflow).catch(note);
      else if (!this.#replayed.has(workflow.workflowId) && !alive.has(workflow.version ?? "")) left.push(workflow);
    }
    if (left.length > 0) {
      for await (const { open: workflow, breaks, unreadable } of replayOpen(client, left, bundle)) {
        const settle = async (): Promise<void> => {
          if (breaks !== undefined) await this.#strand(workflow, breaks);
          // the codec has reported the missing key; a worker must be restarted to get it
          else if (unreadable === undefined) await this.#adopt(workflow);
          this.#replayed.add(workflow.workflowId);
        };
        await settle().catch(note);
      }
    }
    if (errors.length > 0) throw errors[0];
  }

  async #adopt(workflow: OpenWorkflow): Promise<void> {
    // a workflow that is not pinned comes by itself
    if (workflow.version !== undefined) await this.#worker.deployment.take(workflow.workflowId);
    await this.#clear(workflow);
  }

  async #clear({ run, workflowId }: OpenWorkflow): Promise<void> {
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
