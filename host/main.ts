/** The host: a child process that runs stage code, one attempt at a time, and ends when its worker is gone. */
import { AsyncLocalStorage } from "node:async_hooks";
import { flushCompileCache } from "node:module";
import type { Progress } from "../schemas/event.ts";
import { openStore, type Store } from "../store/store.ts";
import { attemptError } from "./attempt-error.ts";
import { boundedLine, boundedParts } from "./bounded-text.ts";
import { secretHider } from "./hide-secrets.ts";
import { joinShards } from "./join-shards.ts";
import { loadCode } from "./load-code.ts";
import type { FromHost, Job, ToHost } from "./protocol.ts";
import { putOnRecord } from "./put-on-record.ts";
import { giveSignsOfLife } from "./signs-of-life.ts";
import { readSourcePlaces } from "./source-places.ts";
import { type SourceStack, sourceStack } from "./source-stack.ts";
import { abandonOutputs, type HostContext, stageContext } from "./stage-context.ts";
import { checkedReport } from "./stage-report.ts";

/** The attempt that this host works at. */
interface UnderWay {
  readonly job: Job;
  /** Once its inputs are open. */
  host?: HostContext;
}

/** Milliseconds between two progress messages. */
const PROGRESS_EVERY_MS = 200;

const stores = new Map<string, Promise<Store>>();
/** The job that code works for, wherever it was called from: what nobody catches is of that job, though another may be under way. */
const jobs = new AsyncLocalStorage<Job>();
let attempt: AbortController | undefined;

process.on("message", (message: ToHost) => {
  switch (message.type) {
    case "abort":
      attempt?.abort();
      break;
    case "run":
      // not before the first job: an idle host need not have the memory of a thread
      if (attempt === undefined) giveSignsOfLife();
      attempt = new AbortController();
      void jobs.run(message.job, run, message.job, attempt.signal);
      break;
  }
});
// the worker is gone: nobody waits for this attempt any more, nor for what it started (this host leads a process group)
process.on("disconnect", () => {
  process.kill(-process.pid, "SIGKILL");
  process.exit(1);
});
process.on("uncaughtException", (error) => uncaught(error));
process.on("unhandledRejection", (error) => uncaught(error));
tell({ type: "ready" });
// a host ends by SIGKILL, which leaves no time to keep what was compiled for the next one
flushCompileCache();

let current: UnderWay | undefined;
/** What was told of what failed and ended. It is told in the order in which it did, though it takes a moment to look up where. */
let told = Promise.resolve();

async function run(job: Job, signal: AbortSignal): Promise<void> {
  const underWay: UnderWay = { job };
  current = underWay;
  const [began, startedAt] = [performance.now(), new Date()];
  let last = Number.NEGATIVE_INFINITY;
  try {
    const store = await storeAt(job.store);
    const code = await loadCode(store, job);
    const host = await stageContext(job, store, signal, {
      progress(progress) {
        const now = performance.now();
        if (now - last < PROGRESS_EVERY_MS && progress.done !== progress.total) return;
        last = now;
        tell({ type: "progress", progress: withRate(progress, (now - began) / 1000) });
      },
      log: (level, message) => tell({ type: "log", level, message: boundedLine(String(message)) }),
      checkpoint: (step) => tell({ type: "checkpoint", step }),
    });
    underWay.host = host;
    const made =
      job.part?.type === "join"
        ? await joinShards(store, job, { host, code, list: job.part.shards })
        : await code.run(host.context, job.node.params);
    const report = checkedReport(made, stageName(job));
    const outcome = await putOnRecord(store, job, host, { report, startedAt, seconds: () => (performance.now() - began) / 1000 });
    end({ type: "done", outcome });
  } catch (error) {
    // drafts that stay are freed by gc
    await abandonOutputs(underWay.host).catch(() => undefined);
    fail(error);
  } finally {
    current = undefined;
  }
}

/** Progress with a rate and the time left, where the stage says neither. */
function withRate(progress: Progress, seconds: number): Progress {
  const { done, total, unit } = progress;
  // steps have rates of their own
  if (progress.rate !== undefined || progress.eta !== undefined || done <= 0 || seconds < 1 || unit === "steps") return progress;
  const rate = done / seconds;
  return { ...progress, rate, ...(total === undefined ? {} : { eta: Math.max(0, total - done) / rate }) };
}

function storeAt(folder: string): Promise<Store> {
  const opened = stores.get(folder) ?? openStore(folder);
  stores.set(folder, opened);
  return opened;
}

function uncaught(error: unknown): void {
  const origin = jobs.getStore();
  if (origin === undefined || origin === current?.job) fail(error);
  else end(leftBehind(error, origin));
}

/** A job that has ended is on record as it ended, and the one after it has no part in this. */
async function leftBehind(error: unknown, job: Job): Promise<FromHost> {
  const { stack } = await stackOf(error, job);
  // by its own parameters: the worker hides the secrets of the job under way
  const shown = secretHider(job.node.params, process.env)(stack);
  const message = `${stageName(job)} left something running, which failed after the stage had ended: ${shown}`;
  return { type: "log", level: "warn", message: boundedLine(message) };
}

function fail(error: unknown): void {
  const where = current === undefined ? "a host between two stages" : stageName(current.job);
  end(failure(error, current ?? {}, { where, stopped: attempt?.signal.aborted ?? false }).catch(() => indescribable(where)));
}

/** What stage code throws may be anything: also what throws when it is looked at. */
function indescribable(where: string): FromHost {
  const error = attemptError("something that can't be shown", { where, thrownAt: undefined, lastRead: [], stopped: false });
  return { type: "failed", error, stack: error.what };
}

async function failure(
  error: unknown,
  { job, host }: Partial<UnderWay>,
  { where, stopped }: { readonly where: string; readonly stopped: boolean },
): Promise<FromHost> {
  const lastRead = Object.values(host?.inputs ?? {}).flatMap((input) => input.lastRead ?? []);
  const { stack, thrownAt } = await stackOf(error, job);
  return { type: "failed", error: boundedParts(attemptError(error, { where, thrownAt, lastRead, stopped })), stack: boundedLine(stack) };
}

function stackOf(error: unknown, job: Job | undefined): Promise<SourceStack> {
  return sourceStack(error, async () => job && readSourcePlaces(await storeAt(job.store), job.node.code));
}

function end(message: FromHost | Promise<FromHost>): void {
  told = told
    .then(() => message)
    .then(tell)
    .catch(() => undefined);
}

function stageName({ node: { name, stage } }: Job): string {
  return name === stage ? `stage ${name}` : `stage ${name} (${stage})`;
}

function tell(message: FromHost): void {
  // the channel closes with the worker, and then `disconnect` ends this process
  if (process.connected) process.send?.(message);
}
