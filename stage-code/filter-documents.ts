import type { StageContext } from "../dsl/context.ts";
import type { Document } from "../schemas/document.ts";
import { CrisolError } from "../schemas/error.ts";
import type { StageReport } from "../schemas/record.ts";
import { mostReasons, Tally } from "./tally.ts";

/**
 * Stream a filter's documents from its input to its output, asking `keep` about each.
 *
 * @returns the report: read, kept, dropped by reason with examples.
 * @throws CrisolError STAGE_FAILED when `keep` throws or answers with neither true nor a reason.
 */
export async function filterDocuments(
  context: StageContext<"documents", "documents">,
  keep: (document: Document) => unknown,
): Promise<StageReport> {
  const { documents } = context.inputs;
  const total = documents.manifest.counts.documents;
  const writer = context.outputs.documents.documents();
  const tally = new Tally();
  for await (const document of documents.documents()) {
    context.signal.throwIfAborted();
    tally.in += 1;
    const verdict = await ask(keep, document, context.node);
    if (verdict === true) {
      await writer.write(document);
      tally.out += 1;
    } else {
      tally.drop(verdict, document.source, document.text);
      if (Object.keys(tally.dropped).length > mostReasons) throw noCategories(context.node, document);
    }
    context.progress({ done: tally.in, total, unit: "documents" });
  }
  await writer.close();
  return tally.report();
}

async function ask(keep: (document: Document) => unknown, document: Document, node: string): Promise<string | true> {
  let verdict: unknown;
  try {
    verdict = await keep(document);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw failure(`keep threw: ${message}`, `stage ${node}, document ${document.source}`, "fix the filter, then resume", error);
  }
  if (verdict === true || (typeof verdict === "string" && verdict !== "")) return verdict;
  const answer = verdict === "" ? "an empty reason" : String(verdict);
  throw failure(
    `keep answered ${answer}`,
    `stage ${node}, document ${document.source}`,
    "return true, or the reason for dropping as a string",
  );
}

function noCategories(node: string, { source }: Document): CrisolError {
  return failure(
    `keep gave more than ${mostReasons} different reasons`,
    `stage ${node}, document ${source}`,
    'return a category ("too short"), not text that differs from document to document',
  );
}

function failure(what: string, where: string, fix: string, cause?: unknown): CrisolError {
  return new CrisolError(
    { code: "STAGE_FAILED", what, where, why: "without an answer for every document there is no result", fix },
    { cause },
  );
}
