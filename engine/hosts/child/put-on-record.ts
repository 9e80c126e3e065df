import type { StageRecord, StageReport } from "../../../schemas/record.ts";
import type { Store } from "../../../store/store.ts";
import type { Job, JobOutcome } from "../protocol.ts";
import { commitOutputs, type HostContext, partsOf } from "./stage-context.ts";

/** Commit what a stage wrote and put it on record; if the key already has a sound record, that one is returned. */
export async function putOnRecord(
  store: Store,
  job: Job,
  host: HostContext,
  done: { readonly report: StageReport; readonly startedAt: Date; readonly seconds: () => number },
): Promise<JobOutcome> {
  const { key, node, part, inputs } = job;
  const { ingredients, pipeline, run } = job.record;
  const { report } = done;
  if (part?.type === "shard") {
    const seconds = done.seconds();
    await store.shardRecords.put({ version: 1, key, ingredients, code: job.node.code, outputs: partsOf(host), report, seconds });
    return { outputs: {}, report, seconds };
  }
  const outputs = await commitOutputs(job, host);
  const seconds = done.seconds() + (part?.spent ?? 0);
  const startedAt = done.startedAt.toISOString();
  const made: StageRecord = {
    version: 1,
    key,
    node: node.name,
    pipeline,
    ingredients,
    code: job.node.code,
    inputs: [...inputs],
    outputs,
    report,
    startedAt,
    seconds,
    run,
  };
  const record = await store.records.put(part === undefined ? made : { ...made, shards: part.shards });
  return { outputs: record.outputs, report, seconds };
}
