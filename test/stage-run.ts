/** The parts of running a stage that a host and its worker do between them. */
import { NodeShards } from "../engine/attempts/shards/node-shards.ts";
import { checkedReport } from "../engine/hosts/child/check-report.ts";
import { joinShards } from "../engine/hosts/child/join-shards.ts";
import type { StageCode } from "../engine/hosts/child/load-code.ts";
import { type HostContext, partsOf, type StageJob } from "../engine/hosts/child/stage-context.ts";
import type { JobPart } from "../engine/hosts/protocol.ts";
import { ingredientsOf } from "../planner/keys.ts";
import { digestOf } from "../schemas/digest.ts";
import type { PlanMap } from "../schemas/plan.ts";
import type { StageReport } from "../schemas/record.ts";
import type { Store } from "../store/store.ts";

type ContextOf = (part?: JobPart) => Promise<HostContext>;

/** The result of a stage's functions, before its outputs are committed. */
export interface Ran {
  readonly host: HostContext;
  readonly report: StageReport;
}

let runs = 0;

/** Run a stage that takes its inputs whole. */
export async function runOnce({ run }: StageCode, { node }: StageJob, contextOf: ContextOf): Promise<Ran> {
  const host = await contextOf();
  return { host, report: checkedReport(await run(host.context, node.params), node.name) };
}

/** Run a mapped stage: every shard, whether or not it has a record, and then what joins them. */
export async function runMapped(
  store: Store,
  code: StageCode,
  { job, map, contextOf }: { readonly job: StageJob; readonly map: PlanMap; readonly contextOf: ContextOf },
): Promise<Ran> {
  const { node, inputs } = job;
  if (map.reduce && code.reduce === undefined)
    throw new TypeError(`${node.name} is run without its \`reduce\`: give the harness its module`);
  // a different key for each run, so that no shard is reused from another
  runs += 1;
  const ingredients = { ...ingredientsOf(node, inputs), code: digestOf(`run ${runs}`) };
  const shards = await NodeShards.of(store, { node, inputs, ingredients }, map);
  for (let index = 0; index < shards.length; index += 1) {
    const { port, shard, key, ingredients } = shards.shard(index);
    const host = await contextOf({ type: "shard", port, manifest: shard.manifest });
    const report = checkedReport(await code.run(host.context, node.params), node.name);
    await store.shardRecords.put({ version: 1, key, ingredients, outputs: partsOf(host), report, seconds: 0 });
  }
  const { sha256: list } = await store.blobs.put(JSON.stringify(shards.keys()));
  const host = await contextOf({ type: "join", shards: list, spent: 0 });
  return { host, report: checkedReport(await joinShards(store, job, { host, code, list }), node.name) };
}
