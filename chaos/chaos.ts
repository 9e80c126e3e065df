import { CrisolError } from "../schemas/error.ts";
import { xoshiro128 } from "../system/random.ts";
import { breakRun } from "./broken-run.ts";
import { ChaosHome } from "./chaos-home.ts";
import type { ChaosSession } from "./chaos-session.ts";
import { needProcessTable } from "./home-processes.ts";
import { drawKills } from "./kill-plan.ts";
import type { Kill } from "./killer.ts";
import { type BrokenRun, type ChaosReport, type Check, checksOf, type Findings } from "./report.ts";
import { runUnbroken, type UnbrokenRun } from "./unbroken-run.ts";

/** Kills in one run at most; the rest go to further runs, each in its own home. */
const KILLS_OF_A_RUN = 25;
/** Runs in a row that were over before a kill could land, after which chaos gives up. */
const RUNS_UNHURT = 3;

/** What to break, and how. */
export interface ChaosOptions {
  readonly file: string;
  readonly set: readonly string[];
  readonly kills: number;
  readonly seed: number;
}

/** Called as things happen. */
export interface ChaosListener {
  unbroken(run: ChaosReport["unbroken"], stages: number): void;
  kill(kill: Kill, number: number): void;
  run(run: BrokenRun): void;
}

/** What is called as chaos goes on, and what ends it. */
interface ChaosWatch {
  readonly listener: ChaosListener;
  readonly signal: AbortSignal;
}

/**
 * Run a pipeline unbroken, then repeatedly in fresh homes while its processes are killed at moments drawn from a seed, and compare.
 *
 * The homes are deleted; one in which an assertion does not hold is kept, without its processes.
 *
 * @throws CrisolError ENVIRONMENT, CONFIG_INVALID where chaos can't run; the reason why the unbroken run did not complete; the signal's reason
 */
export async function runChaos(session: ChaosSession, options: ChaosOptions, watch: ChaosWatch): Promise<ChaosReport> {
  const { listener, signal } = watch;
  needProcessTable();
  await needOwnServer(session);
  const homes = new Homes();
  try {
    const source = await homes.make(session);
    const unbroken = await runUnbroken(source, options.file, { set: options.set }, signal);
    const { seconds, state, nodes } = unbroken;
    listener.unbroken({ runId: state.runId, seconds }, nodes.length);
    const broken = await breakRuns(homes, source, { ...options, ...watch, unbroken });
    const runs = broken.map(({ run }) => run);
    const kills = killsOf(runs);
    const checks = checksOf(
      broken.map(({ findings }) => findings),
      nodes.length,
    );
    const kept = homes.kept.map(({ home }) => home.folder);
    const missing = kills < options.kills && kept.length === 0;
    return {
      pipeline: state.pipeline,
      seed: options.seed,
      kills,
      ok: !missing && checks.every(({ problems }) => problems.length === 0),
      unbroken: { runId: state.runId, seconds },
      runs,
      checks: missing ? [...checks, tooShort(kills, options.kills)] : checks,
      ...(kept.length === 0 ? {} : { kept }),
    };
  } finally {
    await homes.remove();
  }
}

/** Break run after run, until enough kills have landed, an assertion does not hold, or kills keep coming too late. */
async function breakRuns(
  homes: Homes,
  source: ChaosHome,
  { file, set, kills, seed, unbroken, listener, signal }: ChaosOptions & ChaosWatch & { readonly unbroken: UnbrokenRun },
): Promise<{ readonly run: BrokenRun; readonly findings: Findings }[]> {
  const random = xoshiro128(seed);
  const { nodes } = unbroken;
  const broken: Awaited<ReturnType<typeof breakRuns>> = [];
  for (let unhurt = 0; unhurt < RUNS_UNHURT; ) {
    let done = killsOf(broken.map(({ run }) => run));
    if (done >= kills) break;
    const home = await homes.make(source.session, source);
    const drawn = drawKills(nodes, Math.min(KILLS_OF_A_RUN, kills - done), random);
    const onKill = (kill: Kill) => {
      done += 1;
      listener.kill(kill, done);
    };
    const found = await breakRun(home, { file, binding: { set }, kills: drawn, unbroken, onKill, signal });
    broken.push(found);
    listener.run(found.run);
    unhurt = found.run.kills.length === 0 ? unhurt + 1 : 0;
    if (checksOf([found.findings], nodes.length).some(({ problems }) => problems.length > 0)) {
      homes.keep(home);
      break;
    }
    await home.remove();
  }
  return broken;
}

/** The homes of one command. */
class Homes {
  readonly kept: ChaosHome[] = [];
  readonly #all: ChaosHome[] = [];

  async make(session: ChaosSession, keys?: ChaosHome): Promise<ChaosHome> {
    const home = await ChaosHome.make(session, keys);
    this.#all.push(home);
    return home;
  }

  /** Leave a home for inspection. */
  keep(home: ChaosHome): void {
    this.kept.push(home);
  }

  async remove(): Promise<void> {
    for (const home of this.#all) if (!this.kept.includes(home)) await home.remove();
  }
}

function killsOf(runs: readonly BrokenRun[]): number {
  return runs.reduce((sum, { kills }) => sum + kills.length, 0);
}

function tooShort(landed: number, asked: number): Check {
  return {
    name: "recovery",
    what: "every requested kill landed",
    problems: [`only ${landed} of ${asked} landed: the runs ended before the others`],
  };
}

async function needOwnServer(session: ChaosSession): Promise<void> {
  const { address } = await session.config();
  if (address === undefined) return;
  throw new CrisolError({
    code: "CONFIG_INVALID",
    what: "chaos kills the Temporal server, but this project uses one that runs elsewhere",
    where: `${address}, from temporal.config.ts or TEMPORAL_ADDRESS`,
    why: "that server is not crisol's to kill",
    fix: "leave the address out for this command: crisol then starts its own servers, in temporary homes",
  });
}
