import type { Document } from "../schemas/document.ts";
import { CrisolError } from "../schemas/error.ts";
import type { StageReport } from "../schemas/record.ts";
import type { StageContext } from "./context.ts";

type Example = NonNullable<StageReport["examples"]>[string][number];

/** Examples kept of each reason, and the length they are shown at. */
const examplesKept = 5;
const exampleLength = 120;

/** More reasons than this are no categories. */
const mostReasons = 100;

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
  const dropped = new Map<string, { count: number; examples: Example[] }>();
  let read = 0;
  let kept = 0;
  for await (const document of documents.documents()) {
    context.signal.throwIfAborted();
    read += 1;
    const verdict = await ask(keep, document, context.node);
    if (verdict === true) {
      kept += 1;
      await writer.write(document);
    } else {
      note(dropped, verdict, document, context.node);
    }
    context.progress({ done: read, ...(total === undefined ? {} : { total }), unit: "documents" });
  }
  await writer.close();
  return {
    in: read,
    out: kept,
    dropped: Object.fromEntries([...dropped].map(([reason, { count }]) => [reason, count])),
    examples: Object.fromEntries([...dropped].map(([reason, { examples }]) => [reason, examples])),
  };
}

async function ask(keep: (document: Document) => unknown, document: Document, node: string): Promise<string | true> {
  let verdict: unknown;
  try {
    verdict = await keep(document);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw failure(`keep threw: ${message}`, `stage ${node}, document ${document.source}`, "mend the filter, then resume", error);
  }
  if (verdict === true || (typeof verdict === "string" && verdict !== "")) return verdict;
  const answer = verdict === "" ? "an empty reason" : String(verdict);
  throw failure(
    `keep answered ${answer}`,
    `stage ${node}, document ${document.source}`,
    "return true, or the reason for dropping as a text",
  );
}

function note(dropped: Map<string, { count: number; examples: Example[] }>, reason: string, document: Document, node: string): void {
  const entry = dropped.get(reason) ?? { count: 0, examples: [] };
  dropped.set(reason, entry);
  if (dropped.size > mostReasons) {
    const fix = 'return a category ("too short"), not a text that differs from document to document';
    throw failure(`keep gave more than ${mostReasons} different reasons`, `stage ${node}, document ${document.source}`, fix);
  }
  entry.count += 1;
  if (entry.examples.length < examplesKept) entry.examples.push({ where: document.source, what: excerpt(document.text) });
}

function excerpt(text: string): string {
  const line = text
    .slice(0, exampleLength * 2)
    .replace(/\s+/g, " ")
    .trim();
  return (line.length > exampleLength ? `${line.slice(0, exampleLength - 1)}…` : line).toWellFormed();
}

function failure(what: string, where: string, fix: string, cause?: unknown): CrisolError {
  return new CrisolError(
    { code: "STAGE_FAILED", what, where, why: "without an answer for every document there is no result", fix },
    { cause },
  );
}
