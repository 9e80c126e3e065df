import { expect, test } from "vitest";
import type { InputArtifact, OutputArtifact, StageContext } from "../dsl/context.ts";
import type { Document } from "../schemas/document.ts";
import { filterDocuments } from "./filter-documents.ts";

function documentsOf(...texts: string[]): Document[] {
  return texts.map((text, index) => ({ id: String(index).padStart(32, "0"), text, source: `a.txt#${index}`, meta: {} }));
}

/** A context with documents in memory: the part of it that a filter sees. */
function contextOf(documents: readonly Document[], signal = new AbortController().signal) {
  const written: Document[] = [];
  let closed = false;
  const input = {
    manifest: { counts: { documents: documents.length } },
    async *documents() {
      yield* documents;
    },
  } as unknown as InputArtifact;
  const output = {
    documents: () => ({
      write: async (document: Document) => void written.push(document),
      close: async () => {
        closed = true;
      },
    }),
  } as unknown as OutputArtifact;
  const context = { node: "long", inputs: { documents: input }, outputs: { documents: output }, signal, progress: () => undefined };
  return { context: context as unknown as StageContext<"documents", "documents">, written, isClosed: () => closed };
}

const isLong = ({ text }: Document): string | true => text.length > 3 || (text === "" ? "empty" : "short");

test("what passes is written in order; the rest is counted by reason, with examples", async () => {
  const { context, written, isClosed } = contextOf(documentsOf("first one", "a", "", "second one", "b"));
  const report = await filterDocuments(context, isLong);
  expect(written.map(({ text }) => text)).toEqual(["first one", "second one"]);
  expect(isClosed()).toBe(true);
  expect(report).toEqual({
    in: 5,
    out: 2,
    dropped: { short: 2, empty: 1 },
    examples: {
      short: [
        { where: "a.txt#1", what: "a" },
        { where: "a.txt#4", what: "b" },
      ],
      empty: [{ where: "a.txt#2", what: "" }],
    },
  });
});

test("five examples are kept of each reason, each on one line and cut", async () => {
  const { context } = contextOf(documentsOf(...Array.from({ length: 9 }, () => `a\n\tb ${"x".repeat(500)}`)));
  const report = await filterDocuments(context, () => "long");
  expect(report.dropped).toEqual({ long: 9 });
  expect(report.examples?.long).toHaveLength(5);
  expect(report.examples?.long?.[0]?.what).toBe(`a b ${"x".repeat(115)}…`);
});

test("a filter may be asynchronous", async () => {
  const { context, written } = contextOf(documentsOf("a"));
  await filterDocuments(context, async () => true);
  expect(written).toHaveLength(1);
});

test.each([[false], [undefined], [""], [1]])("the answer %o is an error of the filter that names the document", async (answer) => {
  const { context, isClosed } = contextOf(documentsOf("a"));
  await expect(filterDocuments(context, () => answer)).rejects.toMatchObject({
    parts: { code: "STAGE_FAILED", where: "stage long, document a.txt#0", fix: expect.stringContaining("return true, or the reason") },
  });
  expect(isClosed()).toBe(false);
});

test("a filter that throws names the document", async () => {
  const { context } = contextOf(documentsOf("a", "b"));
  const broken = ({ text }: Document): true => {
    if (text === "b") throw new RangeError("out of words");
    return true;
  };
  await expect(filterDocuments(context, broken)).rejects.toMatchObject({
    parts: { what: "keep threw: out of words", where: "stage long, document a.txt#1" },
    cause: expect.any(RangeError),
  });
});

test("reasons that differ from document to document are refused", async () => {
  const { context } = contextOf(documentsOf(...Array.from({ length: 200 }, (_, index) => `text ${index}`)));
  await expect(filterDocuments(context, ({ text }) => text)).rejects.toMatchObject({
    parts: { what: "keep gave more than 100 different reasons" },
  });
});

test("an aborted filter stops", async () => {
  const { context, written } = contextOf(documentsOf("first one", "second one"), AbortSignal.abort(new Error("stop")));
  await expect(filterDocuments(context, isLong)).rejects.toThrow("stop");
  expect(written).toEqual([]);
});
