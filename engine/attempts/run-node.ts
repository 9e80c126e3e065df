import type { Digest } from "../../schemas/digest.ts";
import type { StageRecord } from "../../schemas/record.ts";
import type { NodeState } from "../../schemas/run-state.ts";
import type { Store } from "../../store/store.ts";
import type { FanOut, MadeNode } from "../../workflows/protocol.ts";
import { beginAttempt, noteBegun } from "./begin-attempt.ts";
import { failureName, forgetFailures } from "./failure-count.ts";
import { contentOf } from "./node-outputs.ts";
import { summaryOf } from "./report-summary.ts";
import { runInHost } from "./run-in-host.ts";
import { runMappedNode } from "./shards/run-mapped-node.ts";
import { judgeFailure, StageFailure } from "./stage-failure.ts";
import type { Attempt, RunPlace, StageWorker } from "./stage-worker.ts";

/**
 * Run a node, unless it has a record: claim its key, run it in a host, put it on record.
 *
 * @throws StageFailure
 */
export async function runNode(worker: StageWorker, run: RunPlace, name: string): Promise<MadeNode | FanOut> {
  const attempt = await beginAttempt(worker, run, { name });
  try {
    const release = await worker.store.claims.take(attempt.key, {
      what: `run ${run.runId}`,
      signal: attempt.signal,
      waits: (whom) => attempt.journal.waits(whom),
    });
    try {
      const found = await soundRecord(worker.store, attempt.key);
      return found === undefined ? await make(worker, attempt) : await foundMade(worker, attempt, found);
    } finally {
      await release();
    }
  } catch (error) {
    throw error instanceof StageFailure ? error : await judgeFailure(worker, attempt, error);
  } finally {
    await attempt.journal.flush();
  }
}

async function make(worker: StageWorker, attempt: Attempt): Promise<MadeNode | FanOut> {
  const { node, key, ingredients, journal } = attempt;
  const ended = node.map
    ? await runMappedNode(worker, attempt, node.map)
    : await runInHost(worker, attempt, { key, ingredients, started: () => noteBegun(worker, attempt) });
  if ("from" in ended) return ended;
  for (const warning of ended.report.warnings ?? []) journal.log("warn", warning);
  return done(worker, attempt, { outputs: ended.outputs, cached: false, seconds: ended.seconds, ...summaryOf(ended.report) });
}

/** A record that this run wrote itself, before its worker died, counts as neither cached nor another attempt. */
function foundMade(worker: StageWorker, attempt: Attempt, { run, outputs, seconds, report }: StageRecord): Promise<MadeNode> {
  const { before } = attempt;
  if (run !== attempt.run.runId) return done(worker, attempt, { outputs, cached: true, attempts: before, seconds: 0 });
  const attempts = Math.max(1, before);
  return done(worker, attempt, { outputs, cached: false, attempts, seconds, ...summaryOf(report) });
}

async function done(
  worker: StageWorker,
  { run, node, key, number, journal }: Attempt,
  made: Pick<StageRecord, "outputs"> & Pick<NodeState, "cached" | "seconds" | "summary"> & Partial<Pick<NodeState, "attempts">>,
): Promise<MadeNode> {
  const { outputs } = made;
  worker.outputs.keep(run, node.name, { key, outputs });
  if (number > 1) await forgetFailures(worker.store, failureName(run.runId, node.name));
  await journal.node({ name: node.name, stage: node.stage, status: "done", attempts: number, key, ...made });
  return { node: node.name, content: contentOf({ outputs }) };
}

async function soundRecord(store: Store, key: Digest): Promise<StageRecord | undefined> {
  const record = await store.records.get(key);
  return record !== undefined && (await store.records.isSound(record)) ? record : undefined;
}
