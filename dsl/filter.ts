/** Filters: stages that read documents one by one and decide which to keep. */
import type { z } from "zod";
import type { Document } from "../schemas/document.ts";
import { filterDocuments } from "../stage-code/filter-documents.ts";
import type { StageContext } from "./context.ts";
import { type Output, output, type Port, port } from "./port.ts";
import { defineStage, type ResourceTexts, type Stage } from "./stage.ts";

/** What a filter says of a document: true to keep it, or the reason for dropping it, in a word or two ("too short"). */
export type Verdict = true | string;

/** What `defineFilter` takes. */
export interface FilterDefinition<N extends string, P extends z.ZodObject, Needs extends string, Adds extends string> {
  /** What people call it, in camelCase. */
  readonly name: N;
  /** One line: what it keeps or drops. */
  readonly summary?: string;
  /** Strict: a parameter that the schema does not name is an error. @default no parameters */
  readonly params?: P;
  /** The facts that its input must have. @default ["sealed"] */
  readonly needs?: readonly Needs[];
  /** The facts that it adds to the documents it keeps. @default [] */
  readonly adds?: readonly Adds[];
  readonly resources?: ResourceTexts;
  /** Decide on one document. It must be pure: the same document and parameters always give the same answer. */
  keep(document: Document, params: z.output<P>): Verdict | Promise<Verdict>;
}

/** A filter, as a stage from documents to documents. */
export type Filter<N extends string, P extends z.ZodObject, Needs extends string, Adds extends string> = Stage<{
  name: N;
  inputs: { documents: Port<"documents", Needs, never> };
  outputs: { documents: Output<"documents", Adds, "documents", never, false> };
  params: P;
  order: ["documents"];
}>;

/**
 * Declare a filter: `keep` is asked about every document; what it drops is counted by reason, with examples.
 *
 * Documents keep their facts. Each shard has its own record, so when documents are added, only shards with new ones run. The module must export the filter, because another process runs it.
 *
 * @throws PipelineMistake for a declaration that contradicts itself.
 */
export function defineFilter<
  const N extends string,
  P extends z.ZodObject = z.ZodObject<Record<never, never>>,
  const Needs extends string = "sealed",
  const Adds extends string = never,
>(meta: { readonly url: string }, definition: FilterDefinition<N, P, Needs, Adds>): Filter<N, P, Needs, Adds> {
  const { name, summary = "keep the documents that pass", needs = ["sealed"], adds = [], resources } = definition;
  const stage = defineStage(meta, {
    name,
    summary,
    inputs: { documents: port("documents", ...needs) },
    outputs: { documents: output("documents", { from: "documents", adds }) },
    ...(definition.params === undefined ? {} : { params: definition.params }),
    ...(resources === undefined ? {} : { resources }),
    map: "documents",
    run: (context: StageContext<"documents", "documents">, params) =>
      filterDocuments(context, (document) => definition.keep(document, params as z.output<P>)),
  });
  // the defaults above are those of the type parameters, which tsc cannot see
  return stage as unknown as Filter<N, P, Needs, Adds>;
}
