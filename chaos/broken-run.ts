import { setTimeout as sleep } from "node:timers/promises";
import type { Digest } from "../schemas/digest.ts";
import { isCrisolError } from "../schemas/error.ts";
import type { JournalEvent } from "../schemas/event.ts";
import type { Plan } from "../schemas/plan.ts";
import { gc } from "../store/gc/gc.ts";
import { verifyStore } from "../store/verify/verify-store.ts";
import { type Care, takeCare } from "./caretaker.ts";
import type { ChaosHome } from "./chaos-home.ts";
import type { Binding } from "./chaos-session.ts";
import { ranAgain } from "./checks/check-finished.ts";
import { outputProblems } from "./checks/check-outputs.ts";
import { lostTooMuch, lostWork } from "./checks/check-training.ts";
import { keptJournal } from "./checks/kept-journal.ts";
import { markedProcesses } from "./home-processes.ts";
import type { DrawnKill } from "./kill-plan.ts";
import { type Kill, Killer } from "./killer.ts";
import type { BrokenRun, Findings } from "./report.ts";
import type { RunWatch } from "./run-watch.ts";
import { watchStrays } from "./strays.ts";
import type { UnbrokenRun } from "./unbroken-run.ts";

/** Milliseconds within which processes that `down` has ended must be gone from the process table. */
const GONE_WITHIN_MS = 5_000;
/** How long a broken run may take, in seconds: `times` as long as the unbroken one, `aKill` for each kill, and `least` in any case. */
const LONGEST_SECONDS = { least: 300, times: 10, aKill: 60 };

/** The pipeline to break, the kills, and the unbroken run to compare with. */
export interface Breakage {
  readonly file: string;
  readonly binding: Binding;
  readonly kills: readonly DrawnKill[];
  readonly unbroken: UnbrokenRun;
  /** Called with each kill. */
  readonly onKill: (kill: Kill) => void;
  readonly signal: AbortSignal;
}

/** Run a pipeline in a fresh home while its processes are killed, until it is over, and inspect what is left. */
export async function breakRun(home: ChaosHome, breakage: Breakage): Promise<{ readonly run: BrokenRun; readonly findings: Findings }> {
  const began = performance.now();
  const endStrays = watchStrays(home.mark);
  try {
    const { runId, plan, watch } = await home.start(breakage.file, breakage.binding);
    const { killer, care, problem } = await killAndCare(home, watch, breakage);
    const seconds = (performance.now() - began) / 1000;
    const lost = killer.lost.map(({ at, target }) => `work did not resume after the kill of ${target} at ${at}`);
    if (!watch.over) lost.push(`run ${runId} is ${watch.state.status} and never finished`);
    if (problem !== undefined) lost.push(problem);
    await home.down();
    const processes = [
      ...endStrays().map(({ pid, command }) => `process ${pid} kept running without its parent: ${command}`),
      ...(await leftAfterDown(home)),
    ];
    const { events, torn } = await keptJournal(home.store, runId);
    const found = await inspect(home, plan, events);
    const leftovers = found.leftovers;
    const attempts = events.filter(({ type }) => type === "attempt").length;
    return {
      run: { runId, seconds, kills: killer.kills, care, attempts, tornLines: torn, leftovers },
      findings: {
        ...found,
        processes,
        recovery: lost,
        outputs: outputProblems(breakage.unbroken.state, await home.store.runs.state(runId)),
      },
    };
  } finally {
    endStrays();
  }
}

/** Kill, and do what a user would, until the run is over or makes no progress. */
async function killAndCare(
  home: ChaosHome,
  watch: RunWatch,
  { kills, unbroken, onKill, signal }: Breakage,
): Promise<{ readonly killer: Killer; readonly care: Care; readonly problem?: string }> {
  const { nodes } = unbroken;
  const ended = new AbortController();
  const either = AbortSignal.any([signal, ended.signal]);
  const longest = LONGEST_SECONDS.times * unbroken.seconds + LONGEST_SECONDS.aKill * kills.length + LONGEST_SECONDS.least;
  const killer = new Killer(home, watch, nodes, { until: performance.now() + 1000 * longest, signal: either });
  const following = watch.follow(home.store.runs, either);
  const caring = takeCare(home, watch, either);
  const killing = killer.run(kills, onKill).then(() => (killer.lost.length > 0 ? false : killer.untilOver()));
  let problem: string | undefined;
  try {
    await Promise.race([killing, Promise.all([caring, following]).then(() => killing)]);
  } catch (error) {
    if (signal.aborted || !isCrisolError(error)) throw error;
    problem = `the services did not come back: ${error.parts.what}`;
  } finally {
    ended.abort();
    await Promise.allSettled([following, caring, killing]);
  }
  signal.throwIfAborted();
  const care = await caring.catch((): Care => ({ restarts: 0, resumes: 0 }));
  return { killer, care, ...(problem === undefined ? {} : { problem }) };
}

async function leftAfterDown(home: ChaosHome): Promise<string[]> {
  const deadline = performance.now() + GONE_WITHIN_MS;
  while (markedProcesses(home.mark).length > 0 && performance.now() < deadline) await sleep(50);
  const left = markedProcesses(home.mark).map(({ pid, command }) => `process ${pid} was left after \`down\`: ${command}`);
  home.end();
  return left;
}

/** Findings from journal and store, once nothing writes any more; `gc` must be able to delete what killed processes left in `tmp/`. */
async function inspect(
  { store }: ChaosHome,
  plan: Plan,
  events: readonly JournalEvent[],
): Promise<Omit<Findings, "processes" | "recovery" | "outputs">> {
  const keys = new Set(events.flatMap((event) => (event.type === "node" && event.node.key !== undefined ? [event.node.key] : [])));
  const written = new Map<Digest, number>();
  for (const key of keys) {
    const at = await store.records.writtenAt(key);
    if (at !== undefined) written.set(key, at);
  }
  const lost = lostWork(events);
  const before = await verifyStore(store);
  await gc(store, { graceMs: 0 });
  const after = await verifyStore(store);
  const stuck = after.leftovers.temporary === 0 ? [] : [`gc left ${after.leftovers.temporary} files in tmp/`];
  return {
    finished: ranAgain(events, (key) => written.get(key)),
    training: lostTooMuch(lost, plan.nodes),
    store: [
      ...before.problems,
      ...after.problems.filter((problem) => !before.problems.includes(problem)).map((problem) => `after gc: ${problem}`),
      ...stuck,
    ],
    lost,
    objects: before.objects,
    bytes: before.bytes,
    leftovers: before.leftovers.temporary,
  };
}
