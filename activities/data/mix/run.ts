/** Mixes documents in one pass over each part, a document of each in memory at a time; texts, ids, sources and meta stay as they are. */
import type { Run } from "../../../dsl/index.ts";
import type { Document } from "../../../schemas/document.ts";
import { CrisolError } from "../../../schemas/error.ts";
import { drawn } from "./drawn.ts";
import { nextPart, quotas } from "./quotas.ts";
import type { mix } from "./stage.ts";

export const run: Run<typeof mix> = async (context, { weights, seed }) => {
  const { parts } = context.inputs;
  const counts = parts.map(({ manifest }) => manifest.counts.documents ?? 0);
  const takes = quotas(counts, weights);
  const empty = takes.indexOf(0);
  if (empty >= 0) throw nothingOf(empty, counts, weights);
  const total = takes.reduce((sum, take) => sum + take, 0);
  const streams = parts.map((part, index) =>
    drawn(part.documents(), { quota: takes[index] ?? 0, count: counts[index] ?? 0, seed: `mix:${seed}:${index}` }),
  );
  const writer = context.outputs.documents.documents();
  const given = takes.map(() => 0);
  let written = 0;
  for (let part = nextPart(given, takes); part !== undefined; part = nextPart(given, takes)) {
    context.signal.throwIfAborted();
    await writer.write(await nextOf(streams[part], part));
    given[part] = (given[part] ?? 0) + 1;
    written += 1;
    context.progress({ done: written, total, unit: "documents" });
  }
  for (const stream of streams) await stream.return(undefined);
  await writer.close();
  const read = counts.reduce((sum, count) => sum + count, 0);
  return {
    in: read,
    out: written,
    dropped: written === read ? {} : { not_drawn: read - written },
    headline: takes.map((take, index) => `${take} of ${counts[index]}`).join(", "),
    metrics: { parts: takes.map((take, index) => ({ documents: counts[index] ?? 0, taken: take, share: take / total })) },
  };
};

async function nextOf(stream: AsyncGenerator<Document> | undefined, part: number): Promise<Document> {
  const next = await stream?.next();
  if (next !== undefined && !next.done) return next.value;
  throw new CrisolError({
    code: "BAD_DATA",
    what: `parts[${part}] has fewer documents than its manifest counts`,
    where: `parts[${part}] of mix`,
    why: "how many documents are drawn follows from the count",
    fix: "fix the stage that produced it: its count `documents` must be how many it wrote",
  });
}

function nothingOf(part: number, counts: readonly number[], weights: readonly number[]): CrisolError {
  const none = counts[part] === 0 ? part : counts.indexOf(0);
  return new CrisolError({
    code: "BAD_DATA",
    what: none >= 0 ? `parts[${none}] has no documents` : `no document of parts[${part}] would be taken`,
    where: `${counts.join(", ")} documents with the weights ${weights.join(", ")}`,
    why: "the proportions cannot be met: each part is to be in the mixture, and the scarcest sets its size",
    fix:
      none >= 0
        ? "leave that part out, or give it documents"
        : "raise its weight, or give the part that is scarcest for its weight more documents",
  });
}
