import type { RunInput } from "../../workflows/protocol.ts";
import type { Config } from "../connection/settings/define.ts";
import { taskQueueOf } from "../connection/task-queue.ts";

/** The workflow of a run, as it is started on a server; its id is the run's. */
export interface RunWorkflow {
  readonly type: "runPlan";
  readonly id: string;
  readonly taskQueue: string;
  readonly input: RunInput;
  /** Search attributes, all of type Keyword. */
  readonly attributes: { readonly CrisolPipeline: string; readonly CrisolPlan: string; readonly CrisolStatus: string };
  readonly summary: string;
  /** By this key the server lets runs that wait for a worker take turns. Everything that the run starts inherits it. */
  readonly fairnessKey: string;
}

/** Longest such key that the server accepts, in bytes. Ids of runs are ASCII, and differ in their last characters. */
const LONGEST_FAIRNESS_KEY_BYTES = 64;

/** The workflow to start for a run of a home. */
export function runWorkflow(home: string, run: Omit<RunInput, "queue">, config: Pick<Config, "taskQueue"> = {}): RunWorkflow {
  const queue = taskQueueOf(home, config);
  const { plan, planDigest, runId } = run;
  return {
    type: "runPlan",
    id: runId,
    taskQueue: `${queue}-cpu`,
    input: { ...run, queue },
    attributes: { CrisolPipeline: plan.pipeline, CrisolPlan: planDigest, CrisolStatus: "running" },
    summary: `${plan.pipeline}: ${plan.nodes.length} stages`,
    fairnessKey: runId.slice(-LONGEST_FAIRNESS_KEY_BYTES),
  };
}
