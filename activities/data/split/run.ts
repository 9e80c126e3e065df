/**
 * Splits documents by a hash of their near-duplicate cluster.
 *
 * Clusters are computed again, with a lower threshold than dedup's: so anything that happened in between (cleaning, filters) is taken into account,
 * and nothing has to be carried along with the documents.
 */
import type { Run } from "../../../dsl/index.ts";
import { CrisolError } from "../../../schemas/error.ts";
import { Tally } from "../../../stage-code/tally.ts";
import { findClusters } from "../near-duplicates/clusters.ts";
import { isValidation } from "./side.ts";
import type { split } from "./stage.ts";

export const run: Run<typeof split> = async (context, { validation: share, seed, similarity }) => {
  const { documents } = context.inputs;
  const total = documents.manifest.counts.documents;
  const clusters = await findClusters({
    documents: () => documents.documents(),
    threshold: similarity,
    scratch: context.scratch,
    signal: context.signal,
    progress: (done) => context.progress({ done, total, unit: "documents" }),
  });
  const sides = { train: context.outputs.train.documents(), validation: context.outputs.validation.documents() };
  const counts = { train: 0, validation: 0 };
  const tally = new Tally();
  for await (const document of documents.documents()) {
    context.signal.throwIfAborted();
    const best = clusters.best.get(clusters.clusterOf(clusters.textOf(tally.in))) ?? tally.in;
    const side = isValidation(clusters.idOf(best), seed, share) ? "validation" : "train";
    await sides[side].write(document);
    counts[side] += 1;
    tally.in += 1;
  }
  tally.out = tally.in;
  const empty = counts.train === 0 ? "train" : counts.validation === 0 && share > 0 ? "validation" : undefined;
  if (empty !== undefined) throw emptySide(empty, tally.in, clusters.best.size, share);
  await sides.train.close();
  await sides.validation.close();
  for (const side of ["train", "validation"] as const) {
    await context.outputs[side].write("split.json", JSON.stringify({ side, validation: share, seed, similarity, documents: counts[side] }));
  }
  return tally.report({ ...counts, clusters: clusters.best.size, similarity });
};

const noTraining = "lower `validation`, try another `seed`, or add more documents";
const noValidation = "raise `validation`, try another `seed`, add more documents, or set `validation: 0` if none is wanted";
const oneCluster =
  "no seed splits a single cluster: add more documents, raise `similarity` if they only share a template, or set `validation: 0` if none is wanted";

function emptySide(side: "train" | "validation", documents: number, clusters: number, share: number): CrisolError {
  return new CrisolError({
    code: "BAD_DATA",
    what: `no document was assigned to ${side === "train" ? "training" : "validation"}`,
    where: `${documents} documents in ${clusters} clusters of near-duplicates; validation: ${share}`,
    why:
      side === "train"
        ? "a model needs something to learn from"
        : "a model that is measured on nothing, or on what it has learned, cannot be judged",
    fix: clusters === 1 ? oneCluster : side === "train" ? noTraining : noValidation,
  });
}
