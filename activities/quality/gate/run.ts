import type { Params, Run } from "../../../dsl/index.ts";
import { type Digest, shortDigest } from "../../../schemas/digest.ts";
import { CrisolError } from "../../../schemas/error.ts";
import { EvaluationReport } from "../../../schemas/report.ts";
import type { gate } from "./stage.ts";

export const run: Run<typeof gate> = async (context, condition) => {
  const { checkpoint, report } = context.inputs;
  const passed = context.outputs.checkpoint;
  const found = EvaluationReport.parse(JSON.parse(await report.text("report.json")));
  if (found.checkpoint !== checkpoint.ref.content) throw reportOfAnother(context.node, found.checkpoint, checkpoint.ref.content);
  const unmet = unmetConditions(found, condition);
  if (unmet.length > 0) throw rejected(context.node, unmet, found);

  for (const { path } of checkpoint.manifest.files) passed.reuse(checkpoint, path);
  for (const [name, value] of Object.entries(checkpoint.manifest.counts)) passed.count(name, value);
  for (const [name, value] of Object.entries(checkpoint.manifest.meta)) passed.meta(name, value);
  const { bitsPerByte, interval, perplexity, loss, unigramBitsPerByte } = found;
  return { metrics: { bitsPerByte, interval, perplexity, loss, unigramBitsPerByte } };
};

/** The conditions that a report misses, each with its figure; empty when it passes. */
export function unmetConditions(report: EvaluationReport, condition: Params<typeof gate>): string[] {
  const { bitsPerByte, perplexity, loss, betterThanUnigram, documents, tokens } = condition;
  const [low, high] = report.interval;
  const span = `${figure(low)} to ${figure(high)}`;
  const rules: readonly (readonly [holds: boolean, problem: string])[] = [
    [
      bitsPerByte === undefined || report.bitsPerByte < bitsPerByte.below,
      `${figure(report.bitsPerByte)} bits per byte (${span}) are not below ${bitsPerByte?.below}`,
    ],
    [
      bitsPerByte?.certain !== true || report.bitsPerByte >= bitsPerByte.below || high < bitsPerByte.below,
      `bits per byte are not certain to be below ${bitsPerByte?.below}: the interval is ${span}`,
    ],
    [
      perplexity === undefined || report.perplexity < perplexity.below,
      `a perplexity of ${figure(report.perplexity)} is not below ${perplexity?.below}`,
    ],
    [loss === undefined || report.loss < loss.below, `a loss of ${figure(report.loss)} is not below ${loss?.below}`],
    [
      betterThanUnigram === undefined || high < report.unigramBitsPerByte,
      `${figure(report.bitsPerByte)} bits per byte (${span}) are not below the ${figure(report.unigramBitsPerByte)} of token frequencies alone`,
    ],
    [
      documents === undefined || report.documents >= documents.atLeast,
      `a report on ${report.documents} documents is not on at least ${documents?.atLeast}`,
    ],
    [tokens === undefined || report.tokens >= tokens.atLeast, `a report on ${report.tokens} tokens is not on at least ${tokens?.atLeast}`],
  ];
  return rules.filter(([holds]) => !holds).map(([, problem]) => problem);
}

function figure(value: number): string {
  return `${Number(value.toPrecision(4))}`;
}

function rejected(node: string, unmet: readonly string[], report: EvaluationReport): CrisolError {
  return new CrisolError({
    code: "REJECTED",
    what: `the model was rejected: ${unmet.join("; ")}`,
    where: `stage ${node}, on ${report.documents} held-out documents of ${report.tokens} tokens`,
    why: "a model that misses its own pipeline's condition is not exported",
    fix: "train it longer, make it larger, train it on more text, or change the condition if it demands too much",
  });
}

function reportOfAnother(node: string, reported: Digest, given: Digest): CrisolError {
  return new CrisolError({
    code: "BAD_DATA",
    what: `the report is on checkpoint ${shortDigest(reported)}, not on ${shortDigest(given)}`,
    where: `stage ${node}`,
    why: "another model's figures say nothing about this one",
    fix: "pass the gate the report of `evaluate` on the same checkpoint",
  });
}
