/** The schemas that are published as JSON Schema, in schemas/json. */
import type { z } from "zod";
import { Manifest } from "./artifact.ts";
import { CheckReport } from "./command-output/check-report.ts";
import { PlanReport } from "./command-output/plan-report.ts";
import { RunLine } from "./command-output/run-line.ts";
import { StatusReport } from "./command-output/status-report.ts";
import { Document } from "./document.ts";
import { StageRecord } from "./record.ts";
import { EvaluationReport } from "./report.ts";
import { SealStatement, Sources } from "./seal.ts";
import { trainerConfigs } from "./trainer/index.ts";

/** By the name of the file, without its ending. Titles are given here: in the schemas themselves they would be part of stages' code. */
export const publishedSchemas: { readonly [name: string]: z.ZodType } = {
  "run-line": RunLine.meta({
    title: "RunLine",
    description: "A line of `crisol run --json`, of `watch --json` and of `resume --json`; the last one is the result, or an error.",
  }),
  "status-report": StatusReport.meta({ title: "StatusReport", description: "What `crisol status --json` prints." }),
  "plan-report": PlanReport.meta({ title: "PlanReport", description: "What `crisol plan --json` prints." }),
  "check-report": CheckReport.meta({ title: "CheckReport", description: "What `crisol check --json` prints." }),

  manifest: Manifest.meta({
    title: "Manifest",
    description: "The manifest of an artifact: its kind, facts, counts and files. The digest of its canonical JSON is the artifact's name.",
  }),
  record: StageRecord.meta({
    title: "StageRecord",
    description: "The record of a stage: its key and ingredients, its outputs and report.",
  }),
  document: Document.meta({ title: "Document", description: "A line of a shard of documents, documents/*.jsonl.zst." }),
  sources: Sources.meta({ title: "Sources", description: "sources.json, beside documents: the raw files as they were read." }),
  "seal-statement": SealStatement.meta({ title: "SealStatement", description: "The payload of seal.dsse.json, an in-toto statement." }),
  "evaluation-report": EvaluationReport.meta({ title: "EvaluationReport", description: "report.json of an evaluation." }),

  "train-config": trainerConfigs.train,
  "evaluate-config": trainerConfigs.evaluate,
  "export-onnx-config": trainerConfigs.export_onnx,
  "tokenize-documents-config": trainerConfigs.tokenize_documents,
  "train-tokenizer-config": trainerConfigs.train_tokenizer,
};
