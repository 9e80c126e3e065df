/** What is told of a command that breaks its contract. */
import type { Document } from "../schemas/document.ts";
import { CrisolError } from "../schemas/error.ts";

/** A document that answers none has no source to take over. */
export function noSource(where: string): CrisolError {
  return failure("the command printed a document without a source", where, 'say where it is from: "source": "data/a.warc#17"');
}

/** There is no such document, or none any more. */
export function unasked(id: string | undefined, sent: number, where: string): CrisolError {
  return id === undefined
    ? failure(`the command answered more documents than the ${sent} it was given so far`, where, "answer each document once")
    : failure(
        `the command answered document ${JSON.stringify(id)}, which it was not given, or answered before`,
        where,
        'answer each document once; "id" is the id of the document that is answered, as it came',
      );
}

/** A document is left over. */
export function unanswered({ id, source }: Document, answers: number, where: string): CrisolError {
  return failure(
    `the command ended well, after ${answers} answers, without one for document ${id} (${source})`,
    where,
    'answer every document by { "text": "..." } or { "drop": "reason" }, in order or with its "id"',
  );
}

/** The report is missing. */
export function noReport(where: string): CrisolError {
  return failure("the command ended well without a report", where, 'print { "report": { ... } } before it ends');
}

/** Reasons that differ from document to document. */
export function noCategories(mostReasons: number, where: string): CrisolError {
  return failure(
    `the command gave more than ${mostReasons} different reasons`,
    where,
    'print a category ("too short"), not a text that differs from document to document',
  );
}

/** The stage has no output for it. */
export function unwanted(what: string, where: string, fix: string): CrisolError {
  return failure(`the command printed ${what}, and its stage has no use for it`, where, fix);
}

function failure(what: string, where: string, fix: string): CrisolError {
  return new CrisolError({ code: "STAGE_FAILED", what, where, why: "without a clear answer for every document there is no result", fix });
}
