import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { CrisolError } from "../../schemas/error.ts";
import type { Progress } from "../../schemas/event.ts";
import type { PlanNode } from "../../schemas/plan.ts";
import type { Ingredients } from "../../schemas/record.ts";
import { uniqueName } from "../../system/files/durable-file.ts";
import type { Job, JobOutcome } from "../hosts/protocol.ts";
import type { Attempt, StageWorker } from "./stage-worker.ts";

/** What is to run in a host: a node, a shard of it, or the joining of its shards. */
interface HostWork extends Pick<Job, "key" | "part"> {
  readonly ingredients: Ingredients;
  /** Called once it has a host. */
  readonly started?: () => void;
  /** Called with the progress that it reports. @default the journal gets it */
  readonly progress?: (progress: Progress) => void;
}

/** Run an attempt's work in a host; its time counts from when it has one. */
export async function runInHost(worker: StageWorker, attempt: Attempt, work: HostWork): Promise<JobOutcome> {
  const { ingredients, started, progress, ...job } = work;
  const { node, inputs, run, signal, journal } = attempt;
  // the stage creates it if it asks for it
  const scratch = join(worker.scratchFolder, `${node.name.replace(/[^\w.-]/g, "_")}-${uniqueName()}`);
  const timeout = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const abortAfter = (leftMs: number): void => {
    const restMs = leftMs - LONGEST_TIMER_MS;
    timer = setTimeout(() => (restMs > 0 ? abortAfter(restMs) : timeout.abort()), Math.min(leftMs, LONGEST_TIMER_MS));
  };
  try {
    const record = { ingredients, pipeline: run.plan.pipeline, run: run.runId };
    const whole: Job = {
      ...job,
      node,
      inputs,
      record,
      project: run.project,
      store: worker.store.location,
      codeFolder: worker.codeFolder,
      scratch,
    };
    return await worker.hosts.run(
      whole,
      { sinceMs: attempt.sinceMs, signal: AbortSignal.any([signal, timeout.signal]) },
      {
        started: () => {
          abortAfter(node.resources.timeout * 1000);
          started?.();
        },
        progress: progress ?? ((reported) => journal.progress(reported)),
        log: (level, message) => journal.log(level, message),
        checkpoint: (step) => journal.log("info", `checkpoint of step ${step} is in the store`),
      },
    );
  } catch (error) {
    if (timeout.signal.aborted && !signal.aborted) throw timedOut(node);
    throw error;
  } finally {
    clearTimeout(timer);
    // what is left (of a process that still writes there, say) goes with the worker's folder
    if (existsSync(scratch)) await rm(scratch, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Node's timers count milliseconds in 31 bits, some 25 days: a training may be given more. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

function timedOut({ name, resources }: PlanNode): CrisolError {
  return new CrisolError({
    code: "STAGE_TIMEOUT",
    what: `the stage took longer than the ${resources.timeout} s it is given`,
    where: `stage ${name}`,
    why: "the run can't go on without this stage's output",
    fix: "give the stage more time (resources.timeout) or less work, then `crisol resume`",
  });
}
