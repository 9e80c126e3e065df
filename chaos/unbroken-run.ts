import { setTimeout as sleep } from "node:timers/promises";
import { CrisolError } from "../schemas/error.ts";
import type { Plan } from "../schemas/plan.ts";
import type { RunState } from "../schemas/run-state.ts";
import { isTrainerFact } from "../schemas/trainer/entries.ts";
import type { ChaosHome } from "./chaos-home.ts";
import type { Binding } from "./chaos-session.ts";
import type { TimedNode } from "./kill-plan.ts";
import type { RunWatch } from "./run-watch.ts";

/** A run without kills, with which broken ones are compared. */
export interface UnbrokenRun {
  readonly state: RunState;
  readonly seconds: number;
  /** In the order of the plan. */
  readonly nodes: readonly TimedNode[];
}

/**
 * Run a pipeline to its end, and stop its services.
 *
 * @throws CrisolError STAGE_FAILED when it does not complete
 */
export async function runUnbroken(home: ChaosHome, file: string, binding: Binding, signal: AbortSignal): Promise<UnbrokenRun> {
  const began = performance.now();
  const { plan, watch } = await home.start(file, binding);
  const ended = new AbortController();
  const following = watch.follow(home.store.runs, AbortSignal.any([signal, ended.signal]));
  try {
    while (!watch.over && watch.state.status !== "blocked") await sleep(50, undefined, { signal });
  } finally {
    ended.abort();
    await following;
  }
  const seconds = (performance.now() - began) / 1000;
  await home.down();
  if (watch.state.status !== "completed") throw notCompleted(watch.state, file);
  return { state: watch.state, seconds, nodes: timedNodes(plan, watch) };
}

function timedNodes({ nodes }: Plan, watch: RunWatch): TimedNode[] {
  return nodes.map(({ name, runtime }) => {
    const seconds = watch.state.nodes.find((node) => node.name === name)?.seconds ?? 0;
    return { name, seconds, usesTrainer: Object.keys(runtime).some(isTrainerFact), reportsProgress: watch.reportsProgress(name) };
  });
}

function notCompleted(state: RunState, file: string): CrisolError {
  const error = state.nodes.find((node) => node.status === "failed")?.error;
  const where = `pipeline ${file}`;
  return new CrisolError({
    code: "STAGE_FAILED",
    what: `the unbroken run is ${state.status}${error === undefined ? "" : `: ${error.what}`}`,
    where: error === undefined ? where : `${where}, ${error.where}`,
    why: "there is nothing to compare the broken runs with",
    fix: "make sure first that `crisol run` completes with the same parameters",
  });
}
