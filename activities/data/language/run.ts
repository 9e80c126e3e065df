/** Tags documents with their language and keeps those in the languages asked for; ids, texts and sources stay as they are. */
import type { Reduce, Run } from "../../../dsl/index.ts";
import { CrisolError } from "../../../schemas/error.ts";
import type { StageReport } from "../../../schemas/record.ts";
import { mergeReports } from "../../../stage-code/merge-reports.ts";
import { Tally } from "../../../stage-code/tally.ts";
import { languageOf } from "./detect.ts";
import { type Language, languages } from "./languages.ts";
import type { language } from "./stage.ts";

type Counts = ReadonlyMap<Language, number>;

export const run: Run<typeof language> = async (context, { keep }) => {
  const { documents } = context.inputs;
  const total = documents.manifest.counts.documents;
  const writer = context.outputs.documents.documents();
  const tally = new Tally();
  const counts = new Map<Language, number>();
  for await (const document of documents.documents()) {
    context.signal.throwIfAborted();
    tally.in += 1;
    const found = languageOf(document.text);
    counts.set(found, (counts.get(found) ?? 0) + 1);
    if (keep.includes(found)) {
      tally.out += 1;
      await writer.write({ ...document, meta: { ...document.meta, language: found } });
    } else {
      tally.drop(found === "und" ? "undetermined" : `language_${found}`, document.source, document.text);
    }
    context.progress({ done: tally.in, total, unit: "documents" });
  }
  await writer.close();
  return tally.report(metricsOf(counts));
};

export const reduce: Reduce<typeof language> = async (_, parts, { keep }) => {
  const report = mergeReports(parts.map((part) => part.report));
  if (report.out === undefined || report.out === 0) throw nothingLeft(report, keep);
  const sum = (code: Language): number => parts.reduce((total, part) => total + Number(part.report.metrics?.[code] ?? 0), 0);
  return { ...report, metrics: metricsOf(new Map(languages.map((code) => [code, sum(code)]))) };
};

/** Documents read in each language, the most common first. */
function metricsOf(counts: Counts): Record<string, number> {
  const found = languages.map((code): [Language, number] => [code, counts.get(code) ?? 0]).filter(([, count]) => count > 0);
  return Object.fromEntries(found.sort(([, one], [, other]) => other - one));
}

function nothingLeft({ in: read = 0, dropped = {}, examples = {} }: StageReport, keep: readonly Language[]): CrisolError {
  const reasons = Object.entries(dropped).map(([reason, count]) => `${reason} ${count}`);
  const [example] = Object.values(examples).flat();
  return new CrisolError({
    code: "BAD_DATA",
    what: `language dropped all ${read} documents: ${reasons.join(", ") || "there were none"}`,
    where: example === undefined ? "the stage's input" : `${example.where}: ${example.what}`,
    why: `only documents in ${keep.join(", ")} are kept, and a model needs something to learn from`,
    fix: "add the language that is named most often to `keep` (`und`: undetermined), or look at what ingest read",
  });
}
