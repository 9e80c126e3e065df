/** The errors of a command that breaks its contract. */
import type { Document } from "../schemas/document.ts";
import { CrisolError } from "../schemas/error.ts";

/** A new document, one that answers no input document, lacks a source. */
export function noSource(where: string): CrisolError {
  return failure("the command printed a document without a source", where, 'say where it is from: "source": "data/a.warc#17"');
}

/** An answer to a document that was not given, or is answered already. */
export function unasked(id: string | undefined, sent: number, where: string): CrisolError {
  return id === undefined
    ? failure(`the command answered more documents than the ${sent} it had been given`, where, "answer each document once")
    : failure(
        `the command answered document ${JSON.stringify(id)}, which it was not given or had already answered`,
        where,
        'answer each document once; "id" repeats the id of the document that is answered',
      );
}

/** A document got no answer. */
export function unanswered({ id, source }: Document, answers: number, where: string): CrisolError {
  return failure(
    `the command succeeded after ${answers} answers, but gave none for document ${id} (${source})`,
    where,
    'answer every document with { "text": "..." } or { "drop": "reason" }, in order or with its "id"',
  );
}

/** No report was printed. */
export function noReport(where: string): CrisolError {
  return failure("the command succeeded without printing a report", where, 'print { "report": { ... } } before it ends');
}

/** Reasons that differ from document to document. */
export function noCategories(mostReasons: number, where: string): CrisolError {
  return failure(
    `the command gave more than ${mostReasons} different reasons`,
    where,
    'print a category ("too short"), not text that differs from document to document',
  );
}

/** A line for which the stage has no output. */
export function unwanted(what: string, where: string, fix: string): CrisolError {
  return failure(`the command printed ${what}, and its stage has no use for it`, where, fix);
}

function failure(what: string, where: string, fix: string): CrisolError {
  return new CrisolError({ code: "STAGE_FAILED", what, where, why: "without a clear answer for every document there is no result", fix });
}
