import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { ErrorCode } from "../schemas/error.ts";
import { CrisolError } from "../schemas/error.ts";
import type { JsonObject } from "../schemas/json.ts";
import { TrainerMessage } from "../schemas/trainer.ts";
import { trainerEnvironment, trainerFolder, trainerPython } from "./trainer-environment.ts";

/** Seconds that a stopped trainer gets for its last checkpoint, and then for SIGTERM. */
const GRACE = { stop: 20, terminate: 5 };

type Message<T extends TrainerMessage["type"]> = Extract<TrainerMessage, { type: T }>;

/** What the caller does with messages on the way. A handler may be asynchronous: messages wait for it. */
export interface TrainerHandlers {
  step(message: Message<"step">): void;
  evaluation(message: Message<"eval">): void;
  progress(message: Message<"progress">): void;
  checkpoint(message: Message<"checkpoint">): Promise<void>;
  warn(message: string): void;
  /** A line that the trainer or a library printed. */
  output(line: string): void;
}

/** One run of a module of the trainer package. */
export interface TrainerJob {
  readonly module: string;
  readonly config: JsonObject;
  readonly scratch: string;
  readonly signal: AbortSignal;
  readonly handlers: TrainerHandlers;
}

/**
 * Run a module of the trainer package until it says `done`, and return its result.
 *
 * An abort asks for a checkpoint, then sends SIGTERM, then SIGKILL to the process group. The trainer ends itself when its standard input ends.
 *
 * @throws CrisolError with the trainer's own four parts (`fail`), CANCELED when it was stopped, HOST_CRASHED when it died
 */
export async function runTrainer(job: TrainerJob): Promise<JsonObject> {
  const { module, handlers, signal } = job;
  signal.throwIfAborted();
  const configFile = join(job.scratch, `${module}.config.json`);
  await writeFile(configFile, JSON.stringify(job.config, undefined, 2));
  const child = spawn(trainerPython(), ["-m", `crisol_trainer.${module}`, configFile], {
    cwd: trainerFolder,
    detached: true,
    env: trainerEnvironment(),
    stdio: ["pipe", "pipe", "pipe", "pipe"],
  });
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once("error", (cause) => reject(notStarted(cause)));
    child.once("close", (code, killer) => resolve({ code, signal: killer }));
  });
  // a dead trainer breaks its pipe; `ended` says so
  child.stdin?.on("error", () => undefined);
  const lastLines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on("line", (line) => {
      lastLines.push(line);
      if (lastLines.length > 20) lastLines.shift();
      handlers.output(line);
    });
  }

  const stop = () => void stopGently(child.pid, ended, () => child.stdin?.write("stop\n"));
  signal.addEventListener("abort", stop, { once: true });
  try {
    const verdict = await readMessages(child.stdio[3] as Readable, handlers, module);
    child.stdin?.end();
    const end = await ended;
    if (verdict?.type === "done") return verdict.result;
    if (verdict?.type === "fail") throw failure(verdict);
    if (signal.aborted || verdict?.type === "stopped") throw stopped(module, verdict?.step);
    throw died(module, end, lastLines);
  } finally {
    signal.removeEventListener("abort", stop);
    killGroup(child.pid, "SIGKILL");
  }
}

async function readMessages(
  stream: Readable,
  handlers: TrainerHandlers,
  module: string,
): Promise<Message<"done"> | Message<"fail"> | Message<"stopped"> | undefined> {
  let verdict: Message<"done"> | Message<"fail"> | Message<"stopped"> | undefined;
  for await (const line of createInterface({ input: stream })) {
    const message = parseMessage(line, module);
    switch (message.type) {
      case "step":
        handlers.step(message);
        break;
      case "eval":
        handlers.evaluation(message);
        break;
      case "progress":
        handlers.progress(message);
        break;
      case "checkpoint":
        await handlers.checkpoint(message);
        break;
      case "warn":
        handlers.warn(message.message);
        break;
      case "done":
      case "fail":
      case "stopped":
        verdict = message;
        break;
    }
  }
  return verdict;
}

function parseMessage(line: string, module: string): TrainerMessage {
  try {
    return TrainerMessage.parse(JSON.parse(line));
  } catch (cause) {
    throw new CrisolError(
      {
        code: "STAGE_FAILED",
        what: `the trainer sent a line that is no message: ${line.slice(0, 200)}`,
        where: `crisol_trainer.${module}, descriptor 3`,
        why: "what it means to say about its work is lost",
        fix: "this is a defect of the trainer package: report it with the line",
      },
      { cause },
    );
  }
}

async function stopGently(pid: number | undefined, ended: Promise<unknown>, ask: () => void): Promise<void> {
  const gone = ended.then(
    () => true,
    () => true,
  );
  const within = (seconds: number) => {
    const timeout = new AbortController();
    const late = once(AbortSignal.any([AbortSignal.timeout(seconds * 1000), timeout.signal]), "abort").then(() => false);
    return Promise.race([gone, late]).finally(() => timeout.abort());
  };
  ask();
  if (await within(GRACE.stop)) return;
  killGroup(pid, "SIGTERM");
  if (await within(GRACE.terminate)) return;
  killGroup(pid, "SIGKILL");
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // the group is gone already
  }
}

function failure({ code, what, where, why, fix }: Message<"fail">): CrisolError {
  const codes = {
    BAD_DATA: "BAD_DATA",
    BAD_CONFIG: "STAGE_FAILED",
    OUT_OF_MEMORY: "OUT_OF_MEMORY",
    DIVERGED: "DIVERGED",
    CHECK_FAILED: "CHECK_FAILED",
    ENVIRONMENT: "ENVIRONMENT",
  } as const satisfies Record<Message<"fail">["code"], ErrorCode>;
  return new CrisolError({ code: codes[code], what, where, why, fix });
}

function stopped(module: string, step: number | undefined): CrisolError {
  return new CrisolError({
    code: "CANCELED",
    what: step === undefined ? "the trainer was stopped" : `the trainer was stopped after step ${step}, and left a checkpoint`,
    where: `crisol_trainer.${module}`,
    why: "the run was cancelled, or its worker is shutting down",
    fix: "resume the run: training goes on from the checkpoint",
  });
}

function died(module: string, end: { code: number | null; signal: NodeJS.Signals | null }, lines: readonly string[]): CrisolError {
  const how = end.signal === null ? `exited with ${end.code}` : `was killed by ${end.signal}`;
  const said = lines.length === 0 ? "" : `; its last lines:\n${lines.map((line) => `    ${line}`).join("\n")}`;
  const killed = end.signal === "SIGKILL";
  return new CrisolError({
    // an exception nobody caught is a defect: the same again would follow
    code: end.signal === null ? "STAGE_FAILED" : "HOST_CRASHED",
    what: `the trainer ${how} without a verdict${said}`,
    where: `crisol_trainer.${module}`,
    why: "the stage's output was not made",
    fix: killed
      ? "if nobody killed it, the machine ran out of memory: use a smaller batch or model"
      : "see the lines above and `crisol logs`",
  });
}

function notStarted(cause: Error): CrisolError {
  return new CrisolError(
    {
      code: "ENVIRONMENT",
      what: `Python could not be started: ${cause.message}`,
      where: trainerPython(),
      why: "tokenizing, training, evaluation and export run in the trainer package",
      fix: "run `npm run setup`, then `crisol doctor`",
    },
    { cause },
  );
}
