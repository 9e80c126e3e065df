/** Normalises texts and drops documents by Gopher's rules; documents keep their ids, sources and meta. */
import type { Params, Reduce, Run } from "../../../dsl/index.ts";
import { CrisolError } from "../../../schemas/error.ts";
import type { StageReport } from "../../../schemas/record.ts";
import { mergeReports } from "../../../stage-code/merge-reports.ts";
import { Tally } from "../../../stage-code/tally.ts";
import { WordScanner } from "../text/words.ts";
import { normalise } from "./normalise.ts";
import { judgeQuality, type Verdict } from "./quality.ts";
import { judgeRepetition } from "./repetition.ts";
import type { clean } from "./stage.ts";

export const run: Run<typeof clean> = async (context, params) => {
  const { documents } = context.inputs;
  const total = documents.manifest.counts.documents;
  const writer = context.outputs.documents.documents();
  const tally = new Tally();
  const scanner = new WordScanner();
  let changed = 0;
  for await (const document of documents.documents()) {
    context.signal.throwIfAborted();
    tally.in += 1;
    const text = normalise(document.text, params.html);
    const verdict = judge(text, params, scanner);
    if (verdict === undefined) {
      tally.out += 1;
      if (text !== document.text) changed += 1;
      await writer.write({ ...document, text });
    } else {
      tally.drop(verdict.reason, document.source, `${verdict.what}; ${text}`);
    }
    context.progress({ done: tally.in, total, unit: "documents" });
  }
  await writer.close();
  return tally.report({ changed });
};

export const reduce: Reduce<typeof clean> = async (_, parts) => {
  const report = mergeReports(parts.map((part) => part.report));
  if (report.out === undefined || report.out === 0) throw nothingLeft(report);
  const changed = parts.reduce((sum, part) => sum + Number(part.report.metrics?.changed ?? 0), 0);
  return { ...report, metrics: { changed } };
};

/** Why a normalised text is dropped, or undefined. */
export function judge(text: string, params: Params<typeof clean>, scanner: WordScanner): Verdict | undefined {
  if (text.length < Math.max(1, params.minLength)) return { reason: "too_short", what: `${text.length} characters` };
  if (text.length > params.maxLength) return { reason: "too_long", what: `${text.length} characters` };
  const words = scanner.scan(text.toLowerCase());
  const verdict = judgeQuality(text, words, params);
  return verdict ?? (params.repetition === false ? undefined : judgeRepetition(text, words, params.repetition));
}

function nothingLeft({ in: read = 0, dropped = {}, examples = {} }: StageReport): CrisolError {
  const reasons = Object.entries(dropped).map(([reason, count]) => `${reason} ${count}`);
  const [example] = Object.values(examples).flat();
  return new CrisolError({
    code: "BAD_DATA",
    what: `clean dropped all ${read} documents: ${reasons.join(", ") || "there were none"}`,
    where: example === undefined ? "the stage's input" : `${example.where}: ${example.what}`,
    why: "the rules are meant for running prose of a few hundred words in English, Spanish or Portuguese",
    fix: "loosen the rule that is named most often (docs/data.md lists their parameters), or look at what ingest read",
  });
}
