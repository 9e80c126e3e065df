/** What must compile: the freedom that facts leave, and types that read well. tsc checks the assertions, vitest the graphs. */
import {
  type Checkpoint,
  command,
  type Documents,
  defineFilter,
  definePipeline,
  defineStage,
  files,
  type InputArtifact,
  type Model,
  output,
  type Params,
  type Part,
  type Pipeline,
  port,
  type Reduce,
  type Report,
  type Run,
  Secret,
  type StageContext,
  type StageOutcome,
  secret,
  type Tokenizer,
  type Tokens,
  z,
} from "crisol";
import { clean, dedup, evaluate, exportOnnx, gate, ingest, mix, seal, split, tokenize, train, trainTokenizer } from "crisol/stages";
import { expect, expectTypeOf, test } from "vitest";
import { compile } from "../../dsl/graph/compile.ts";
import type { PipelineOutputs } from "../../dsl/pipeline.ts";
import { prepared, raw, trained } from "./cases/prepared.ts";

function namesOf(build: () => PipelineOutputs): string[] {
  const { graph, issues } = compile(definePipeline({ name: "accepted", build }), {});
  expect(issues).toEqual([]);
  return graph?.nodes.map(({ name }) => name) ?? [];
}

test("the order of clean and dedup is free, and gives one type", () => {
  const names = namesOf(() => {
    const sealed = seal(raw());
    const one = dedup(clean(sealed));
    const other = clean(dedup(sealed, { as: "dedupFirst" }), { as: "cleanLast" });
    expectTypeOf(one).toEqualTypeOf<Documents<"clean" | "deduplicated" | "sealed">>();
    expectTypeOf(other).toEqualTypeOf<typeof one>();
    return { one, other };
  });
  expect(names).toEqual(["ingest", "seal", "clean", "dedup", "dedupFirst", "cleanLast"]);
});

test("more facts are accepted where fewer are required", () => {
  expectTypeOf<Documents<"clean" | "sealed">>().toExtend<Documents<"sealed">>();
  expectTypeOf<Documents<"sealed">>().not.toExtend<Documents<"clean" | "sealed">>();
  expectTypeOf<Tokens<"a" | "b", "t">>().toExtend<Tokens<"a", string>>();
  expectTypeOf<Tokens<"a", "t">>().not.toExtend<Tokens<"a", "u">>();
  expectTypeOf<Checkpoint<"gated", "t">>().toExtend<Checkpoint<never, "t">>();
  expectTypeOf<Documents<"a">>().not.toExtend<Tokens<"a", string>>();
  expectTypeOf<Tokens<"a", "t">>().not.toExtend<Documents<"a">>();
});

test("facts travel from documents to a model, and the tokenizer's name with them", () => {
  namesOf(() => {
    const { tokens, heldOut, tokenizer, checkpoint, validation } = trained();
    expectTypeOf(validation).toEqualTypeOf<Documents<"deduplicated" | "sealed" | "validation">>();
    expectTypeOf(tokenizer).toEqualTypeOf<Tokenizer<"trainTokenizer">>();
    expectTypeOf(tokens).toEqualTypeOf<Tokens<"deduplicated" | "sealed" | "training", "trainTokenizer">>();
    expectTypeOf(checkpoint).toEqualTypeOf<Checkpoint<never, "trainTokenizer">>();
    const report = evaluate({ checkpoint, tokens: heldOut });
    expectTypeOf(report).toEqualTypeOf<Report>();
    const good = gate(checkpoint, report, { bitsPerByte: { below: 2.5 } });
    expectTypeOf(good).toEqualTypeOf<Checkpoint<"gated", "trainTokenizer">>();
    const model = exportOnnx({ checkpoint: good, tokens: heldOut });
    expectTypeOf(model).toEqualTypeOf<Model>();
    return { model, report };
  });
});

test("a tokenizer is identified by its name, and two can be used side by side", () => {
  const names = namesOf(() => {
    const { training, validation } = prepared();
    const small = trainTokenizer(training, { vocabulary: 512, as: "small" });
    expectTypeOf(small).toEqualTypeOf<Tokenizer<"small">>();
    const tokens = tokenize(training, small, { as: "a" });
    const heldOut = tokenize(validation, small, { as: "b" });
    const checkpoint = train({ tokens, validation: heldOut, architecture: { layers: 1, width: 8, heads: 1 }, steps: 1 });
    expectTypeOf(checkpoint).toEqualTypeOf<Checkpoint<never, "small">>();
    const { tokens: others, heldOut: otherHeldOut } = prepared();
    return { checkpoint, others, otherHeldOut };
  });
  expect(names).toContain("small");
});

test("a tokenizer whose name is not known to tsc is left to compile", () => {
  namesOf(() => {
    const { training, validation } = prepared();
    const name: string = "late";
    const late = trainTokenizer(training, { as: name });
    expectTypeOf(late).toEqualTypeOf<Tokenizer<string>>();
    const checkpoint = train({
      tokens: tokenize(training, late, { as: "a" }),
      validation: tokenize(validation, late, { as: "b" }),
      architecture: { layers: 1, width: 8, heads: 1 },
      steps: 1,
    });
    const { tokens, heldOut } = prepared();
    return { checkpoint, tokens, heldOut };
  });
});

test("a composite keeps whatever facts it is given", () => {
  function tidy<F extends string>(documents: Documents<F | "sealed">) {
    return dedup(clean(documents));
  }
  namesOf(() => {
    const tidied = tidy(split(dedup(seal(raw()), { as: "first" })).validation);
    expectTypeOf(tidied).toEqualTypeOf<Documents<"clean" | "deduplicated" | "sealed" | "validation">>();
    return { tidied };
  });
});

test("a pipeline's build can be part of another's", () => {
  const data = definePipeline({ name: "data", build: () => ({ documents: clean(seal(raw())) }) });
  expectTypeOf(data).toEqualTypeOf<Pipeline>();
  const names = namesOf(() => {
    const made = data.build({}) as { documents: Documents<"clean" | "sealed"> };
    return { documents: dedup(made.documents) };
  });
  expect(names).toEqual(["ingest", "seal", "clean", "dedup"]);
});

test("loops and conditions are those of the language", () => {
  const names = namesOf(() => {
    const outputs: Record<string, Documents<"clean">> = {};
    for (const minLength of [10, 100, 1000]) outputs[`over${minLength}`] = clean(seal(raw()), { minLength, as: `over${minLength}` });
    return outputs;
  });
  expect(names).toEqual(["ingest", "seal", "over10", "over100", "over1000"]);
});

test("a filter is called like any stage, keeps facts, and adds those it declares", () => {
  const english = defineFilter(import.meta, {
    name: "english",
    needs: ["clean"],
    adds: ["english"],
    keep: ({ text }) => text !== "" || "empty",
  });
  const long = defineFilter(import.meta, {
    name: "long",
    params: z.object({ min: z.int(), unit: z.enum(["words", "characters"]).default("words") }),
    keep({ text }, params) {
      expectTypeOf(params).toEqualTypeOf<{ min: number; unit: "words" | "characters" }>();
      return text.length >= params.min || "short";
    },
  });
  namesOf(() => {
    const documents = long(english(clean(seal(raw()))), { min: 5 });
    expectTypeOf(documents).toEqualTypeOf<Documents<"clean" | "english" | "sealed">>();
    return { documents };
  });
  expectTypeOf<Params<typeof long>>().toEqualTypeOf<{ min: number; unit: "words" | "characters" }>();
});

test("the types of a stage's run follow from its declaration", () => {
  const mix = defineStage(import.meta, {
    name: "mix",
    inputs: { left: port("documents", "sealed"), right: port("documents", "sealed") },
    outputs: { mixed: output("documents", { from: "left", adds: ["mixed"] }), report: output("report") },
    params: z.strictObject({ share: z.number().default(0.5), token: Secret.optional() }),
    run: async (context, params) => {
      expectTypeOf(context).toEqualTypeOf<StageContext<"left" | "right", "mixed" | "report">>();
      expectTypeOf(params.share).toEqualTypeOf<number>();
      return {};
    },
  });
  expectTypeOf<Run<typeof mix>>().parameter(0).toEqualTypeOf<StageContext<"left" | "right", "mixed" | "report">>();
  expectTypeOf<Run<typeof mix>>().returns.toEqualTypeOf<Promise<StageOutcome>>();
  namesOf(() => {
    const left = clean(seal(raw()));
    const right = seal(ingest({ from: files("more/*"), as: "more" }), { as: "sealMore" });
    const { mixed, report } = mix({ left, right, share: 0.3, token: secret("TOKEN") });
    expectTypeOf(mixed).toEqualTypeOf<Documents<"clean" | "mixed" | "sealed">>();
    return { mixed, report };
  });
});

test("a stage with four inputs is called, and each is typed", () => {
  const compare = defineStage(import.meta, {
    name: "compare",
    inputs: {
      tokens: port("tokens", "training"),
      heldOut: port("tokens", "validation", { tokenizer: "tokens" }),
      words: port("tokenizer"),
      documents: port("documents", "sealed"),
    },
    outputs: { documents: output("documents", { from: "documents" }), tokens: output("tokens", { from: "tokens" }) },
    run: "./compare.ts",
  });
  namesOf(() => {
    const { tokens, heldOut, tokenizer, training } = prepared();
    const compared = compare({ tokens, heldOut, words: tokenizer, documents: training });
    expectTypeOf(compared.documents).toEqualTypeOf<Documents<"deduplicated" | "sealed" | "training">>();
    expectTypeOf(compared.tokens).toEqualTypeOf<Tokens<"deduplicated" | "sealed" | "training", "trainTokenizer">>();
    return { ...compared };
  });
});

test("a list has the facts that all of it share, and a parameter with an entry for each", () => {
  const { graph } = compile(
    definePipeline({
      name: "lists",
      build() {
        const one = clean(seal(raw()));
        const others = [1, 2].map((number) => seal(raw(), { as: `other${number}` }));
        const mixed = mix([one, seal(raw()), dedup(seal(raw()))], { weights: [0.5, 0.3, 0.2] });
        expectTypeOf(mixed).toEqualTypeOf<Documents<"sealed">>();
        const more = mix([mixed, ...others], { weights: others.map(() => 1).concat(1), as: "more" });
        expectTypeOf(more).toEqualTypeOf<Documents<"sealed">>();
        return { more };
      },
    }),
    {},
  );
  const from = (node: string) => ({ port: "parts", many: true, from: { node, output: "documents" } });
  expect(graph?.nodes.find(({ name }) => name === "more")?.inputs).toEqual(["mix", "other1", "other2"].map(from));
});

test("an optional input may be left out, and its code sees what it may find", () => {
  const judge = defineStage(import.meta, {
    name: "judge",
    inputs: { documents: port("documents"), words: port.optional("tokenizer"), parts: port.many("documents", "sealed") },
    outputs: { report: output("report") },
    run: async (context) => {
      expectTypeOf(context.inputs.documents).toEqualTypeOf<InputArtifact>();
      expectTypeOf(context.inputs.words).toEqualTypeOf<InputArtifact | undefined>();
      expectTypeOf(context.inputs.parts).toEqualTypeOf<readonly InputArtifact[]>();
      return {};
    },
  });
  namesOf(() => ({
    without: judge({ documents: raw(), parts: [seal(raw())] }),
    with: judge({ documents: raw(), words: words(), parts: [seal(raw()), clean(seal(raw()))], as: "with" }),
  }));
});

/** A tokenizer, in a build. */
function words(): Tokenizer<string> {
  return trainTokenizer(split(dedup(seal(raw())), { validation: 0.1 }).train);
}

test("a mapped stage's functions are typed by its declaration, and so are the parts", () => {
  const counted = defineStage(import.meta, {
    name: "counted",
    inputs: { documents: port("documents", "sealed"), words: port("tokenizer") },
    outputs: { documents: output("documents", { from: "documents" }), report: output("report") },
    params: z.strictObject({ top: z.int().default(3) }),
    map: "documents",
    run: async (context, params) => {
      expectTypeOf(context).toEqualTypeOf<StageContext<"documents" | "words", "documents" | "report">>();
      expectTypeOf(params).toEqualTypeOf<{ top: number }>();
      return {};
    },
    reduce: async (context, parts, params) => {
      expectTypeOf(context).toEqualTypeOf<StageContext<"documents" | "words", "documents" | "report">>();
      expectTypeOf(parts).toEqualTypeOf<readonly Part<"documents" | "report">[]>();
      expectTypeOf(params).toEqualTypeOf<{ top: number }>();
      return {};
    },
  });
  expectTypeOf<Reduce<typeof counted>>().parameter(1).toEqualTypeOf<readonly Part<"documents" | "report">[]>();
  expectTypeOf<Reduce<typeof counted>>().parameter(2).toEqualTypeOf<{ top: number }>();
  namesOf(() => {
    const { documents, report } = counted({ documents: clean(seal(raw())), words: words(), top: 5 });
    expectTypeOf(documents).toEqualTypeOf<Documents<"clean" | "sealed">>();
    return { documents, report };
  });
});

test("a stage over shards of documents needs no reduce, nor one over tokens or files", () => {
  const shout = defineStage(import.meta, {
    name: "shout",
    inputs: { documents: port("documents") },
    outputs: { documents: output("documents", { from: "documents" }) },
    map: "documents",
    run: "./shout.ts",
  });
  const read = defineStage(import.meta, {
    name: "read",
    inputs: { from: port("files") },
    outputs: { documents: output("documents") },
    map: "from",
    run: "./read.ts",
  });
  expect([shout.spec.map, read.spec.map]).toEqual([
    { port: "documents", reduce: false },
    { port: "from", reduce: false },
  ]);
});

test("a command is called like any stage", () => {
  const score = defineStage(import.meta, {
    name: "score",
    inputs: { documents: port("documents", "sealed"), words: port("tokenizer") },
    outputs: { documents: output("documents", { from: "documents", adds: ["scored"] }) },
    params: z.strictObject({ least: z.number().default(0.5) }),
    positional: ["documents", "words"],
    run: command(["python", "score.py"]),
  });
  expectTypeOf<Params<typeof score>>().toEqualTypeOf<{ least: number }>();
  namesOf(() => {
    const documents = score(clean(seal(raw())), words(), { least: 0.7 });
    expectTypeOf(documents).toEqualTypeOf<Documents<"clean" | "scored" | "sealed">>();
    return { documents };
  });
});

test("parameters of the pipeline are typed by its schema", () => {
  const pipeline = definePipeline({
    name: "params",
    params: z.object({ steps: z.int().default(3), name: z.string().optional() }),
    build(params) {
      expectTypeOf(params).toEqualTypeOf<{ steps: number; name?: string | undefined }>();
      return { documents: raw() };
    },
  });
  expect(compile(pipeline, { steps: 4 }).graph?.params).toEqual({ steps: 4 });
});
