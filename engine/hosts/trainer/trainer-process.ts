import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { JsonObject } from "../../../schemas/json.ts";
import { type TrainerEntry, trainerEntries } from "../../../schemas/trainer/entries.ts";
import { kernelKills } from "../../../system/processes/kernel-kills.ts";
import { readLines } from "../../../system/processes/output-lines.ts";
import { endGroup, signalGroup } from "../../../system/processes/process-group.ts";
import { trainerEnvironment, trainerFolder, trainerPython } from "../../../system/processes/python-environment.ts";
import { died, failure, notStarted, type ProcessEnd, stopped } from "./trainer-errors.ts";
import { type MessageHandlers, readMessages } from "./trainer-messages.ts";

/** Seconds that a stopped trainer gets for its last checkpoint, and then for SIGTERM. */
const GRACE_SECONDS = { stop: 20, terminate: 5 };

/** One run of a module of the trainer package. */
export interface TrainerJob {
  readonly entry: TrainerEntry;
  readonly config: JsonObject;
  readonly scratch: string;
  readonly signal: AbortSignal;
  readonly handlers: MessageHandlers & {
    /** Called for each line that the trainer or a library printed. */
    output(line: string): void;
  };
}

/**
 * Run a module of the trainer package until it says `done`, and return its result.
 *
 * An abort asks for a checkpoint, then sends SIGTERM, then SIGKILL to the process group. The trainer ends itself when its standard input ends.
 *
 * @throws CrisolError with the trainer's own four parts (`fail`), CANCELED when it was stopped, HOST_CRASHED when it died,
 *   OUT_OF_MEMORY when the kernel killed it (with a ProcessEnd as its cause)
 */
export async function runTrainer(job: TrainerJob): Promise<JsonObject> {
  const { entry, handlers, signal } = job;
  const module = trainerEntries[entry];
  signal.throwIfAborted();
  const configFile = join(job.scratch, `${entry}.config.json`);
  await writeFile(configFile, JSON.stringify(job.config, undefined, 2));
  const killsBefore = kernelKills();
  const child = spawn(trainerPython(), ["-m", module, configFile], {
    cwd: trainerFolder,
    detached: true,
    env: trainerEnvironment(),
    stdio: ["pipe", "pipe", "pipe", "pipe"],
  });
  const ended = new Promise<ProcessEnd>((resolve, reject) => {
    child.once("error", (cause) => reject(notStarted(cause)));
    child.once("exit", () => endGroup(child));
    child.once("close", (code, killer) => {
      const kills = kernelKills();
      const killedByKernel = killer === "SIGKILL" && kills !== undefined && kills > (killsBefore ?? kills);
      resolve({ code, signal: killer, killedByKernel });
    });
  });
  // a dead trainer breaks its pipe; `ended` says so
  child.stdin?.on("error", () => undefined);
  const lastLines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    void readLines(stream, (line) => {
      lastLines.push(line);
      if (lastLines.length > 20) lastLines.shift();
      handlers.output(line);
    });
  }

  const stop = () => void stopGently(child.pid, ended, () => child.stdin?.write("stop\n"));
  signal.addEventListener("abort", stop, { once: true });
  // an abort before there was a trainer to ask
  if (signal.aborted) stop();
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
    signalGroup(child.pid, "SIGKILL");
  }
}

async function stopGently(pid: number | undefined, ended: Promise<unknown>, ask: () => void): Promise<void> {
  const gone = ended.then(
    () => true,
    () => true,
  );
  const within = (seconds: number) => Promise.race([gone, sleep(seconds * 1000, false, { ref: false })]);
  ask();
  if (await within(GRACE_SECONDS.stop)) return;
  signalGroup(pid, "SIGTERM");
  if (await within(GRACE_SECONDS.terminate)) return;
  signalGroup(pid, "SIGKILL");
}
