import type { Kill } from "../../../chaos/killer.ts";
import type { BrokenRun, ChaosReport, Check } from "../../../chaos/report.ts";
import { count, duration } from "../../../system/text/figures.ts";
import { bold, dim, green, red } from "../../../system/text/styles.ts";

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
export function chaosReportLines(report: ChaosReport): string[] {
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

function times(number: number): string {
  return number === 1 ? "once" : `${count(number)} times`;
}
