import { count, size } from "../system/text/figures.ts";
import type { Care } from "./caretaker.ts";
import type { LostWork } from "./checks/check-training.ts";
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
