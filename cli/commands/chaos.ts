import { randomInt } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { runChaos } from "../../chaos/chaos.ts";
import type { ChaosReport } from "../../chaos/report.ts";
import { prepareHome } from "../../engine/home.ts";
import { duration } from "../../system/text/figures.ts";
import { bold } from "../../system/text/styles.ts";
import type { Session } from "../session.ts";
import { chaosReportLines, checkLines, killLine, runLine } from "../view/report/chaos-lines.ts";
import { preparePlan } from "./prepare-plan.ts";

/** Options of `crisol chaos`. */
export interface ChaosCommandOptions {
  readonly set: readonly string[];
  readonly kills: number;
  /** @default random, and printed */
  readonly seed?: number;
}

/** `crisol chaos`: prove that a pipeline survives kills at random moments. Exits with 0 only when every assertion holds. */
export async function chaosCommand(session: Session, file: string, options: ChaosCommandOptions): Promise<void> {
  const { terminal } = session;
  const { kills, seed = randomInt(2 ** 31) } = options;
  terminal.line(`${bold(file)}, seed ${seed}, ${kills} kills`);
  const interrupt = new AbortController();
  const onInterrupt = () => {
    terminal.note("stopping what was started ...");
    interrupt.abort();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, onInterrupt);
  const listener = {
    unbroken(run: ChaosReport["unbroken"], stages: number) {
      terminal.line(`unbroken: ${stages} stages in ${duration(run.seconds)}`);
      terminal.value({ type: "unbroken", ...run });
    },
    kill(kill: Parameters<typeof killLine>[0], number: number) {
      terminal.line(killLine(kill, number, kills));
      terminal.value({ type: "kill", number, ...kill });
    },
    run(run: Parameters<typeof runLine>[0]) {
      terminal.line(runLine(run));
      terminal.value({ type: "run", ...run });
    },
  };
  try {
    const report = await runChaos(
      { ...session, preparePlan },
      { file, set: options.set, kills, seed },
      { listener, signal: interrupt.signal },
    );
    for (const line of report.checks.flatMap(checkLines)) terminal.line(line);
    for (const folder of report.kept ?? []) terminal.line(`kept for inspection: ${folder}`);
    const path = await writeReport(session, report);
    terminal.line(`report: ${path}`);
    terminal.value({ type: "report", file: path, ...report });
    process.exitCode = report.ok ? 0 : 1;
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    process.exitCode = 130;
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, onInterrupt);
  }
}

/** Save the report in the home, as JSON and as text; returns the path of the JSON. */
async function writeReport({ home }: Session, report: ChaosReport): Promise<string> {
  await prepareHome(home);
  const folder = join(home.folder, "chaos");
  await mkdir(folder, { recursive: true });
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+Z$/g, "");
  const path = join(folder, `${report.pipeline}-seed-${report.seed}-${time}`);
  await writeFile(`${path}.json`, `${JSON.stringify(report, undefined, 2)}\n`);
  await writeFile(`${path}.txt`, `${stripVTControlCharacters(chaosReportLines(report).join("\n"))}\n`);
  return `${path}.json`;
}
