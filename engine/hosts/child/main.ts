/** The host: a child process that runs stage code, one attempt at a time, and ends when its worker is gone. */
import { AsyncLocalStorage } from "node:async_hooks";
import { flushCompileCache } from "node:module";
import type { Progress } from "../../../schemas/event.ts";
import { describeLocation, type StoreLocation } from "../../../schemas/store-location.ts";
import { openStore, type Store } from "../../../store/store.ts";
import { boundedLine, boundedParts } from "../../../system/text/bounded-text.ts";
import { attemptError } from "../errors/attempt-error.ts";
import { readSourcePlaces } from "../errors/source-places.ts";
import { type SourceStack, sourceStack } from "../errors/source-stack.ts";
import type { FromHost, Job, ToHost } from "../protocol.ts";
import { checkedReport } from "./check-report.ts";
import { secretHider } from "./hide-secrets.ts";
import { joinShards } from "./join-shards.ts";
import { startLivenessThread } from "./liveness-thread.ts";
import { loadCode } from "./load-code.ts";
import { putOnRecord } from "./put-on-record.ts";
import { abandonOutputs, type HostContext, stageContext } from "./stage-context.ts";

/** The attempt that this host is working on. */
interface UnderWay {
  readonly job: Job;
  /** Set once its inputs are open. */
  host?: HostContext;
}

/** Milliseconds between progress messages. */
const PROGRESS_EVERY_MS = 200;

const stores = new Map<string, Promise<Store>>();
/** The job on whose behalf code runs: an uncaught error belongs to it, even if another job is under way by then. */
const jobs = new AsyncLocalStorage<Job>();
let attempt: AbortController | undefined;

process.on("message", (message: ToHost) => {
  switch (message.type) {
    case "abort":
      attempt?.abort();
      break;
    case "run":
      // not before the first job: an idle host need not spend memory on a thread
      if (attempt === undefined) startLivenessThread();
      attempt = new AbortController();
      void jobs.run(message.job, run, message.job, attempt.signal);
      break;
  }
});
// the worker is gone: nobody waits for this attempt any more, or for what it started (this host leads a process group)
process.on("disconnect", () => {
  process.kill(-process.pid, "SIGKILL");
  process.exit(1);
});
process.on("uncaughtException", (error) => uncaught(error));
process.on("unhandledRejection", (error) => uncaught(error));
send({ type: "ready" });
// a host ends by SIGKILL, which leaves no time to save compiled code for the next one
flushCompileCache();

let current: UnderWay | undefined;
/** The messages about the ends of jobs, sent in the order of the ends, though it takes a moment to look up where an error was thrown. */
let endsSent = Promise.resolve();

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
        send({ type: "progress", progress: withRate(progress, (now - began) / 1000) });
      },
      log: (level, message) => send({ type: "log", level, message: boundedLine(String(message)) }),
      checkpoint: (step) => send({ type: "checkpoint", step }),
    });
    underWay.host = host;
    const returned =
      job.part?.type === "join"
        ? await joinShards(store, job, { host, code, list: job.part.shards })
        : await code.run(host.context, job.node.params);
    const report = checkedReport(returned, stageName(job));
    const outcome = await putOnRecord(store, job, host, { report, startedAt, seconds: () => (performance.now() - began) / 1000 });
    end({ type: "done", outcome });
  } catch (error) {
    // drafts that are left are freed by gc
    await abandonOutputs(underWay.host).catch(() => undefined);
    fail(error);
  } finally {
    current = undefined;
  }
}

/** Progress with a rate and the time left, if the stage reports neither. */
function withRate(progress: Progress, seconds: number): Progress {
  const { done, total, unit } = progress;
  // the trainer reports its own rate of steps
  if (progress.rate !== undefined || progress.eta !== undefined || done <= 0 || seconds < 1 || unit === "steps") return progress;
  const rate = done / seconds;
  return { ...progress, rate, ...(total === undefined ? {} : { eta: Math.max(0, total - done) / rate }) };
}

function storeAt(location: StoreLocation): Promise<Store> {
  const name = describeLocation(location);
  const opened = stores.get(name) ?? openStore(location);
  stores.set(name, opened);
  return opened;
}

function uncaught(error: unknown): void {
  const origin = jobs.getStore();
  if (origin === undefined || origin === current?.job) fail(error);
  else end(leftBehind(error, origin));
}

/** The warning about an error that a job left behind: its own outcome stands, and the job after it is not affected. */
async function leftBehind(error: unknown, job: Job): Promise<FromHost> {
  const { stack } = await stackOf(error, job);
  // with its own parameters: the worker hides only the secrets of the current job
  const shown = secretHider(job.node.params, process.env)(stack);
  const message = `${stageName(job)} left something running, which failed after the stage had ended: ${shown}`;
  return { type: "log", level: "warn", message: boundedLine(message) };
}

function fail(error: unknown): void {
  const where = current === undefined ? "a host between two stages" : stageName(current.job);
  end(failure(error, current ?? {}, { where, stopped: attempt?.signal.aborted ?? false }).catch(() => indescribable(where)));
}

/** The failure for a thrown value that itself throws when it is looked at. */
function indescribable(where: string): FromHost {
  const error = attemptError("a value that can't be shown", { where, thrownAt: undefined, lastRead: [], stopped: false });
  return { type: "failed", error, stack: error.what };
}

async function failure(
  error: unknown,
  { job, host }: Partial<UnderWay>,
  { where, stopped }: { readonly where: string; readonly stopped: boolean },
): Promise<FromHost> {
  const lastRead = (host?.inputs ?? []).flatMap((input) => input.lastRead ?? []);
  const { stack, thrownAt } = await stackOf(error, job);
  return { type: "failed", error: boundedParts(attemptError(error, { where, thrownAt, lastRead, stopped })), stack: boundedLine(stack) };
}

function stackOf(error: unknown, job: Job | undefined): Promise<SourceStack> {
  return sourceStack(error, async () => job && readSourcePlaces(await storeAt(job.store), job.node.code));
}

function end(message: FromHost | Promise<FromHost>): void {
  endsSent = endsSent
    .then(() => message)
    .then(send)
    .catch(() => undefined);
}

function stageName({ node: { name, stage } }: Job): string {
  return name === stage ? `stage ${name}` : `stage ${name} (${stage})`;
}

function send(message: FromHost): void {
  // the channel closes with the worker, and then `disconnect` ends this process
  if (process.connected) process.send?.(message);
}
