import { z } from "zod";
import type { Part, StageOutcome } from "../../../dsl/context.ts";
import { type Digest, Digest as DigestSchema } from "../../../schemas/digest.ts";
import { CrisolError } from "../../../schemas/error.ts";
import type { ShardRecord } from "../../../schemas/record.ts";
import { mergeReports } from "../../../stage-code/merge-reports.ts";
import { OpenInput } from "../../../store/artifacts/input-artifact.ts";
import { manifestOf, refOf } from "../../../store/artifacts/manifest.ts";
import type { Store } from "../../../store/store.ts";
import type { StageCode } from "./load-code.ts";
import { attemptFolders, type HostContext, type StageJob } from "./stage-context.ts";

/** What joining shards takes. */
interface Joining {
  readonly host: HostContext;
  readonly code: StageCode;
  /** The blob with the keys of the shards' records, in order. */
  readonly list: Digest;
}

/**
 * Join what a mapped stage produced from its shards, and let its `reduce` add to it.
 *
 * @param list the blob with the keys of the shards' records, in order
 * @returns the report of `reduce`, or else the merged reports of the shards.
 * @throws CrisolError ARTIFACT_DAMAGED when a shard's record is gone.
 */
export async function joinShards(store: Store, job: StageJob, joining: Joining): Promise<StageOutcome | undefined> {
  const { host, code, list } = joining;
  const { context, drafts } = host;
  const { reduce } = code;
  const keys = z.array(DigestSchema).parse(JSON.parse((await store.blobs.readAll(list)).toString("utf8")));
  const records: ShardRecord[] = [];
  for (const key of keys) {
    const record = await store.shardRecords.get(key);
    if (record === undefined) throw recordGone(job, key);
    records.push(record);
  }
  for (const [port, draft] of Object.entries(drafts)) {
    if (draft.joins) draft.join(records.flatMap(({ outputs }) => outputs[port] ?? []));
  }
  if (reduce === undefined || job.node.map?.reduce !== true) return mergeReports(records.map(({ report }) => report));
  return reduce(
    context,
    records.map((record) => partOf(store, job, record)),
    job.node.params,
  );
}

function partOf(store: Store, job: StageJob, { outputs, report }: ShardRecord): Part {
  const opened = Object.entries(outputs).map(([port, part]) => {
    // if it is damaged, the node is run again
    const manifest = manifestOf({ ...part, producer: job.key, inputs: [] });
    return [port, new OpenInput(store, refOf(manifest), manifest, attemptFolders(job))];
  });
  return { outputs: Object.fromEntries(opened), report };
}

function recordGone({ node }: StageJob, key: Digest): CrisolError {
  return new CrisolError({
    code: "ARTIFACT_DAMAGED",
    what: "the record of a shard is missing or damaged",
    where: `stage ${node.name}, shard record ${key}`,
    why: "the stage's output is joined from what its shards produced",
    fix: "nothing: the shard is run again",
    damaged: { blob: key },
  });
}
