import { setTimeout as sleep } from "node:timers/promises";
import { CrisolError } from "../../schemas/error.ts";
import type { Plan } from "../../schemas/plan.ts";
import type { RunState } from "../../schemas/run-state.ts";
import { xoshiro128 } from "../generate/random.ts";
import type { Binding } from "../run/prepare-plan.ts";
import type { Session } from "../session.ts";
import { breakRun } from "./broken-run.ts";
import { ChaosHome } from "./chaos-home.ts";
import { needProcessTable } from "./home-processes.ts";
import { drawKills, type TimedNode } from "./kill-plan.ts";
import type { Kill } from "./killer.ts";
import { type BrokenRun, type ChaosReport, checksOf, type Findings } from "./report.ts";
import type { RunWatch } from "./run-watch.ts";

/** Kills of one run at most; the rest goes to further runs, each in a home of its own. */
const KILLS_OF_A_RUN = 25;
/** Runs in a row that were over before a kill could land, after which no more is tried. */
const RUNS_UNHURT = 3;

/** What to break, and how. */
export interface ChaosOptions {
  readonly file: string;
  readonly set: readonly string[];
  readonly kills: number;
  readonly seed: number;
}

/** Told of what happens, as it does. */
export interface ChaosListener {
  unbroken(run: ChaosReport["unbroken"], stages: number): void;
  kill(kill: Kill, number: number): void;
  run(run: BrokenRun): void;
}

/**
 * Run a pipeline unbroken, then again and again in fresh homes while its processes are killed at moments drawn from a seed, and compare.
 *
 * The homes are deleted; one in which an assertion does not hold is kept, without its processes.
 *
 * @throws CrisolError ENVIRONMENT, CONFIG_INVALID where chaos can't be made; why the unbroken run did not complete; the signal's reason
 */
export async function makeChaos(session: Session, options: ChaosOptions, told: ChaosListener, signal: AbortSignal): Promise<ChaosReport> {
  needProcessTable();
  await needOwnServer(session);
  const binding: Binding = { set: options.set };
  const random = xoshiro128(options.seed);
  const homes: ChaosHome[] = [];
  const kept = new Set<ChaosHome>();
  try {
    const source = await ChaosHome.make(session);
    homes.push(source);
    const unbroken = await runUnbroken(source, options.file, binding, signal);
    const { seconds, state, nodes } = unbroken;
    told.unbroken({ runId: state.runId, seconds }, nodes.length);
    const runs: BrokenRun[] = [];
    const findings: Findings[] = [];
    const done = () => runs.reduce((sum, { kills }) => sum + kills.length, 0);
    for (let unhurt = 0; done() < options.kills && unhurt < RUNS_UNHURT; ) {
      const home = await ChaosHome.make(session, source);
      homes.push(home);
      const before = done();
      const kills = drawKills(nodes, Math.min(KILLS_OF_A_RUN, options.kills - before), random);
      let number = before;
      const tell = (kill: Kill) => told.kill(kill, ++number);
      const broken = await breakRun(home, { file: options.file, binding, kills, nodes, unbroken: state }, tell, signal);
      runs.push(broken.run);
      findings.push(broken.findings);
      told.run(broken.run);
      unhurt = broken.run.kills.length === 0 ? unhurt + 1 : 0;
      const holds = checksOf([broken.findings], nodes.length).every(({ problems }) => problems.length === 0);
      if (holds) await home.remove();
      else {
        kept.add(home);
        break;
      }
    }
    const checks = checksOf(findings, nodes.length);
    const missing =
      kept.size === 0 && done() < options.kills ? [`only ${done()} of ${options.kills} kills landed: the runs were over before`] : [];
    const all = checks.map((check) => (check.name === "recovery" ? { ...check, problems: [...check.problems, ...missing] } : check));
    return {
      pipeline: state.pipeline,
      seed: options.seed,
      kills: done(),
      ok: all.every(({ problems }) => problems.length === 0),
      unbroken: { runId: state.runId, seconds },
      runs,
      checks: all,
      ...(kept.size === 0 ? {} : { kept: [...kept].map(({ home }) => home.folder) }),
    };
  } finally {
    for (const home of homes) if (!kept.has(home)) await home.remove();
  }
}

async function runUnbroken(
  home: ChaosHome,
  file: string,
  binding: Binding,
  signal: AbortSignal,
): Promise<{ readonly state: RunState; readonly seconds: number; readonly nodes: readonly TimedNode[] }> {
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
    return { name, seconds, usesTrainer: runtime.trainer !== undefined, tellsProgress: watch.tellsProgress(name) };
  });
}

async function needOwnServer(session: Session): Promise<void> {
  const { address } = await session.config();
  if (address === undefined) return;
  throw new CrisolError({
    code: "CONFIG_INVALID",
    what: "chaos kills the Temporal server, and this project uses one that runs elsewhere",
    where: `${address}, from temporal.config.ts or TEMPORAL_ADDRESS`,
    why: "that server is not crisol's to kill",
    fix: "leave the address out for this command: crisol then runs servers of its own, in homes of their own",
  });
}

function notCompleted(state: RunState, file: string): CrisolError {
  const error = state.nodes.find((node) => node.status === "failed")?.error;
  const where = `pipeline ${file}`;
  return new CrisolError({
    code: "STAGE_FAILED",
    what: `the unbroken run is ${state.status}${error === undefined ? "" : `: ${error.what}`}`,
    where: error === undefined ? where : `${where}, ${error.where}`,
    why: "there is nothing to compare broken runs with",
    fix: "let `crisol run` with the same parameters come to its end first",
  });
}
