/** Drops all but one document of each cluster of near-duplicates. */
import type { Run } from "../../../dsl/index.ts";
import type { JsonObject } from "../../../schemas/json.ts";
import { Tally } from "../../../stage-code/tally.ts";
import { type Clusters, findClusters } from "../near-duplicates/clusters.ts";
import type { dedup } from "./stage.ts";

/** Pairs that the report itself shows; all of them are in `pairs.jsonl`. */
const pairsShown = 20;

export const run: Run<typeof dedup> = async (context, { threshold }) => {
  const { documents } = context.inputs;
  const deduplicated = context.outputs.documents;
  const total = documents.manifest.counts.documents;
  const clusters = await findClusters({
    documents: () => documents.documents(),
    threshold,
    scratch: context.scratch,
    signal: context.signal,
    progress: (done) => context.progress({ done, total, unit: "documents" }),
  });
  const tally = new Tally();
  const writer = deduplicated.documents();
  for await (const document of documents.documents()) {
    context.signal.throwIfAborted();
    const fate = fateOf(tally.in, clusters);
    tally.in += 1;
    if (fate === undefined) {
      await writer.write(document);
      tally.out += 1;
    } else {
      tally.drop(fate.reason, document.source, `document ${document.id} gives way to ${clusters.idOf(fate.to)}: ${document.text}`);
    }
  }
  await writer.close();
  await deduplicated.write("pairs.jsonl", pairLines(clusters));
  if (clusters.cutBuckets > 0) {
    tally.warn(`${clusters.cutBuckets} groups of candidates were too large to compare every pair: some near-duplicates may remain`);
  }
  return tally.report({
    clusters: clusters.best.size,
    nearDuplicatePairs: clusters.pairs.length,
    pairsVerified: clusters.verified,
    topPairs: clusters.pairs.slice(0, pairsShown).map((pair): JsonObject => ({ ...pair })),
  });
};

/** Why a document is dropped, and which one stays in its place; undefined for one that stays. */
function fateOf(document: number, clusters: Clusters): { reason: string; to: number } | undefined {
  const text = clusters.textOf(document);
  const twin = clusters.bestOfText(text);
  if (twin !== document) return { reason: "exact_duplicate", to: twin };
  const best = clusters.best.get(clusters.clusterOf(text)) ?? document;
  return best === document ? undefined : { reason: "near_duplicate", to: best };
}

/** The near-duplicate pairs, then the exact ones by id, as JSON lines. */
async function* pairLines(clusters: Clusters): AsyncGenerator<Uint8Array> {
  for (const pair of clusters.pairs) yield Buffer.from(`${JSON.stringify(pair)}\n`);
  const twins: number[] = [];
  for (let document = 0; document < clusters.documents; document += 1) {
    if (clusters.bestOfText(clusters.textOf(document)) !== document) twins.push(document);
  }
  twins.sort((a, b) => (clusters.idOf(a) < clusters.idOf(b) ? -1 : 1));
  for (const twin of twins) {
    const [a, b] = [clusters.idOf(twin), clusters.idOf(clusters.bestOfText(clusters.textOf(twin)))].sort();
    yield Buffer.from(`${JSON.stringify({ a, b, jaccard: 1, exact: true })}\n`);
  }
}
