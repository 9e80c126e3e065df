import { eventsUntilSettled } from "../../../engine/runs/events-until-settled.ts";
import { findRun } from "../../../engine/runs/find-run.ts";
import { CrisolError } from "../../../schemas/error.ts";
import { LogLevel, type RunEvent } from "../../../schemas/event.ts";
import type { RunState } from "../../../schemas/run-state.ts";
import { waitingText } from "../../../system/text/figures.ts";
import { nameChoice } from "../../../system/text/name-choice.ts";
import { dim, red, yellow } from "../../../system/text/styles.ts";
import { visible } from "../../../system/text/visible-text.ts";
import type { Session } from "../../session.ts";

/** Options of `crisol logs`. */
export interface LogsOptions {
  readonly follow?: boolean;
  readonly level: LogLevel;
}

/** `crisol logs`: the log lines of a run's stages, the oldest first. */
export async function logsCommand(
  session: Session,
  given: string | undefined,
  stage: string | undefined,
  options: LogsOptions,
): Promise<void> {
  const store = await session.store();
  const { runId } = await findRun(store, given);
  if (stage !== undefined) checkStage(stage, await store.runs.state(runId));
  const interrupt = new AbortController();
  if (options.follow) process.once("SIGINT", () => interrupt.abort());
  const events = options.follow ? eventsUntilSettled(store.runs, runId, interrupt) : store.runs.events(runId);
  let lines = 0;
  for await (const event of events) {
    const line = lineOf(event);
    const shown = line !== undefined && (stage === undefined || line.node === stage) && order(line.level) >= order(options.level);
    if (shown) {
      lines += 1;
      session.terminal.value(line);
      session.terminal.line(`${dim(line.at)} ${line.node} ${paint(line.level)(visible(line.message))}`);
      await session.terminal.room();
    }
  }
  if (lines === 0) session.terminal.note(nothingSaid(await store.runs.state(runId), options.level));
}

function nothingSaid({ runId, nodes }: RunState, level: LogLevel): string {
  if (nodes.every(({ cached }) => cached))
    return `every stage of ${runId} was cached: the runs that computed them have the logs (crisol runs)`;
  return `${runId} has no such log line of level ${level} or above`;
}

function checkStage(stage: string, { runId, nodes }: RunState): void {
  const names = nodes.map(({ name }) => name);
  if (names.includes(stage)) return;
  throw new CrisolError({
    code: "NOT_FOUND",
    what: `the run has no stage '${stage}'`,
    where: `run ${runId}`,
    why: "there is nothing to show",
    fix: `name one of its stages: ${nameChoice(stage, names)}`,
  });
}

interface Line {
  readonly at: string;
  readonly node: string;
  readonly level: LogLevel;
  readonly message: string;
}

function lineOf(event: RunEvent): Line | undefined {
  switch (event.type) {
    case "log":
      return { at: event.at, node: event.node, level: event.level, message: event.message };
    case "attempt":
      return { at: event.at, node: event.node, level: "info", message: `attempt ${event.attempt}` };
    case "waits":
      return { at: event.at, node: event.node, level: "info", message: waitingText(event.for) };
    case "attemptFailed":
      if (event.error.code === "CANCELED")
        return { at: event.at, node: event.node, level: "info", message: `attempt ${event.attempt} stopped` };
      return {
        at: event.at,
        node: event.node,
        level: event.retry ? "warn" : "error",
        message: `attempt ${event.attempt} failed: ${event.error.what}`,
      };
    case "state":
    case "node":
    case "progress":
      return undefined;
  }
}

function order(level: LogLevel): number {
  return LogLevel.options.indexOf(level);
}

function paint(level: LogLevel): (text: string) => string {
  if (level === "error") return red;
  if (level === "warn") return yellow;
  return level === "debug" ? dim : (text) => text;
}
