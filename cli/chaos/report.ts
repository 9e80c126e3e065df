import { bold, dim, green, red } from "../terminal.ts";
import { count, duration, size } from "../view/figures.ts";
import type { Care } from "./caretaker.ts";
import type { LostWork } from "./check-training.ts";
import type { Kill } from "./killer.ts";

/** What was found after one broken run: the problems for each assertion, and the figures. */
export interface Findings {
  readonly outputs: readonly string[];
  readonly finished: readonly string[];
  readonly training: readonly string[];
  readonly processes: readonly string[];
  readonly store: readonly string[];
  readonly recovery: readonly string[];
  readonly lost: readonly LostWork[];
  readonly objects: number;
  readonly bytes: number;
  readonly leftovers: number;
}

/** One assertion, over all runs. */
export interface Check {
  readonly name: "outputs" | "finished" | "training" | "processes" | "store" | "recovery";
  /** What was asserted, with the figures found. */
  readonly what: string;
  readonly problems: readonly string[];
}

/** One run of the pipeline that was broken by kills. */
export interface BrokenRun {
  readonly runId: string;
  readonly seconds: number;
  readonly kills: readonly Kill[];
  readonly care: Care;
  /** Attempts that began, of all stages. */
  readonly attempts: number;
  /** Lines of the journal torn by a kill; they are skipped. */
  readonly tornLines: number;
  /** Half-written files that killed processes left, and that `gc` deleted. */
  readonly leftovers: number;
}

/** The result of chaos. */
export interface ChaosReport {
  readonly pipeline: string;
  readonly seed: number;
  readonly kills: number;
  readonly ok: boolean;
  readonly unbroken: { readonly runId: string; readonly seconds: number };
  readonly runs: readonly BrokenRun[];
  readonly checks: readonly Check[];
  /** Homes in which an assertion does not hold; they are kept. */
  readonly kept?: readonly string[];
}

/** A kill, in a line: "  7/50  worker (4711) at train 120/400 steps; work resumed after 2.1 s". */
export function killLine(kill: Kill, number: number, of: number): string {
  const { target, drawn, pids, atWork, recovered } = kill;
  const place = `${String(number).padStart(String(of).length)}/${of}`;
  const who = `${target}${drawn === undefined ? "" : ` instead of ${drawn}`} (${pids.join(", ")})`;
  const at = atWork.map(({ node, progress }) => (progress === undefined ? node : `${node} ${progress}`)).join("; ");
  const back =
    recovered === null
      ? "the next kill did not wait"
      : `${target === "server" ? "it answered" : "work resumed"} after ${duration(recovered)}`;
  return `${place}  ${who} at ${at === "" ? "no stage" : at}; ${dim(back)}`;
}

/** How one broken run ended, in a line. */
export function runLine({ runId, seconds, kills, care, attempts, tornLines, leftovers }: BrokenRun): string {
  const parts = [
    `${count(kills.length)} kills`,
    `${count(attempts)} attempts`,
    `services restarted ${times(care.restarts)}`,
    `resumed ${times(care.resumes)}`,
    ...(tornLines > 0 ? [`${tornLines} torn lines in its journal`] : []),
    ...(leftovers > 0 ? [`${leftovers} half-written files left, deleted by gc`] : []),
  ];
  return `${bold(runId)} ended after ${duration(seconds)}: ${parts.join(", ")}`;
}

/** An assertion, and its problems. */
export function checkLines({ what, problems }: Check): string[] {
  if (problems.length === 0) return [`${green("✓")} ${what}`];
  return [`${red("✖")} ${what}`, ...problems.map((problem) => `    ${problem}`)];
}

/** The whole report, for people who read it later. */
export function reportLines(report: ChaosReport): string[] {
  const { pipeline, seed, runs, checks, unbroken, ok } = report;
  const kills = runs.flatMap((run) => run.kills);
  return [
    `${bold(pipeline)}, seed ${seed}, ${kills.length} kills: ${ok ? "every assertion holds" : "some assertions do not hold"}`,
    `unbroken: ${unbroken.runId}, ${duration(unbroken.seconds)}`,
    ...runs.map(runLine),
    ...kills.map((kill, index) => `${dim(kill.at)}  ${killLine(kill, index + 1, kills.length)}`),
    ...checks.flatMap(checkLines),
  ];
}

/** The assertions over all runs, each with its figures. */
export function checksOf(all: readonly Findings[], stages: number): Check[] {
  const problems = (name: Check["name"]) => all.flatMap((findings) => findings[name]);
  const lost = all.flatMap((findings) => findings.lost);
  const most = lost.reduce((steps, { reached, resumed }) => Math.max(steps, reached - resumed), 0);
  const [objects, bytes] = [sum(all.map((findings) => findings.objects)), sum(all.map((findings) => findings.bytes))];
  const checks: Omit<Check, "problems">[] = [
    { name: "recovery", what: "work resumed after every kill, and every run finished" },
    { name: "outputs", what: "every run ended with the digests of the unbroken one" },
    { name: "finished", what: `no finished stage or shard ran again (${count(stages)} stages in each run)` },
    {
      name: "training",
      what:
        lost.length === 0
          ? "no kill interrupted training: no steps were lost"
          : `no kill cost more training than one interval between checkpoints (${count(lost.length)} resumed, at most ${count(most)} steps were repeated)`,
    },
    { name: "processes", what: "no process kept running without its parent, and none was left after `down`" },
    { name: "store", what: `every object of every store is intact (${count(objects)} verified, ${size(bytes)})` },
  ];
  return checks.map((check) => ({ ...check, problems: problems(check.name) }));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function times(number: number): string {
  return number === 1 ? "once" : `${count(number)} times`;
}
