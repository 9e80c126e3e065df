import { expect, test } from "vitest";
import { encode, fix, learn, learnWords, part, read, tidy } from "../../test/fixtures/toy-stages.ts";
import { definePipeline, files, z } from "../index.ts";
import type { PipelineOutputs } from "../pipeline.ts";
import { compile } from "./compile.ts";

/** Compile a pipeline whose build is this function. */
function compileBuild(build: () => PipelineOutputs) {
  return compile(definePipeline({ name: "test", build }), {});
}

function codesOf(build: () => unknown): string[] {
  // builds that tsc refuses
  return compileBuild(build as () => PipelineOutputs).issues.map(({ code }) => code);
}

const speeches = files("data/*.json");

const toy = definePipeline({
  name: "toy",
  params: z.object({ steps: z.int().positive().default(7) }),
  build({ steps }) {
    const { train, validation } = part(tidy(fix(read({ from: speeches }))), { validation: 0.25 });
    const tokenizer = learnWords(train);
    const checkpoint = learn({ tokens: encode(train, tokenizer), validation: encode(validation, tokenizer, { as: "heldOut" }), steps });
    return { checkpoint, tokenizer };
  },
});

test("a pipeline becomes a graph, in topological order, with all defaults filled in", () => {
  const { graph, issues } = compile(toy, {});
  expect(issues).toEqual([]);
  expect(graph?.params).toEqual({ steps: 7 });
  expect(graph?.sources).toEqual([{ name: "files", pattern: ["data/*.json"] }]);
  expect(graph?.nodes.map(({ name, spec, inputs, params }) => ({ name, stage: spec.name, inputs, params }))).toEqual([
    { name: "read", stage: "read", inputs: [{ port: "from", from: { source: "files" } }], params: { text: "text" } },
    { name: "fix", stage: "fix", inputs: [{ port: "documents", from: { node: "read", output: "documents" } }], params: {} },
    {
      name: "tidy",
      stage: "tidy",
      inputs: [{ port: "documents", from: { node: "fix", output: "documents" } }],
      params: { minLength: 200 },
    },
    {
      name: "part",
      stage: "part",
      inputs: [{ port: "documents", from: { node: "tidy", output: "documents" } }],
      params: { validation: 0.25 },
    },
    { name: "learnWords", stage: "learnWords", inputs: [{ port: "documents", from: { node: "part", output: "train" } }], params: {} },
    {
      name: "encode",
      stage: "encode",
      inputs: [
        { port: "documents", from: { node: "part", output: "train" } },
        { port: "tokenizer", from: { node: "learnWords", output: "tokenizer" } },
      ],
      params: {},
    },
    {
      name: "heldOut",
      stage: "encode",
      inputs: [
        { port: "documents", from: { node: "part", output: "validation" } },
        { port: "tokenizer", from: { node: "learnWords", output: "tokenizer" } },
      ],
      params: {},
    },
    {
      name: "learn",
      stage: "learn",
      inputs: [
        { port: "tokens", from: { node: "encode", output: "tokens" } },
        { port: "validation", from: { node: "heldOut", output: "tokens" } },
      ],
      params: { steps: 7 },
    },
  ]);
  expect(graph?.outputs).toEqual({
    checkpoint: { node: "learn", output: "checkpoint" },
    tokenizer: { node: "learnWords", output: "tokenizer" },
  });
});

test("parameters of the pipeline reach its stages", () => {
  expect(compile(toy, { steps: 3 }).graph?.nodes.at(-1)?.params).toEqual({ steps: 3 });
});

test("every problem of the parameters is listed, and nothing is built", () => {
  expect(compile(toy, { steps: -1, step: 2 }).issues).toEqual([
    {
      code: "parameter-invalid",
      message: "too small: expected number to be >0",
      path: ["toy", "params", "steps"],
      fix: "give more than 0",
    },
    { code: "unknown-parameter", message: 'there is no parameter "step"', path: ["toy", "params", "step"], fix: 'did you mean "steps"?' },
  ]);
});

test("identical calls are one node", () => {
  const { graph } = compileBuild(() => {
    const again = () => tidy(fix(read({ from: files("data/*.json") })), { minLength: 200 });
    return { a: again(), b: tidy(fix(read({ from: speeches }))) };
  });
  expect(graph?.nodes.map(({ name }) => name)).toEqual(["read", "fix", "tidy"]);
});

test("two uses of a stage that differ must have different names", () => {
  const documents = () => fix(read({ from: speeches }));
  expect(codesOf(() => ({ a: tidy(documents()), b: tidy(documents(), { minLength: 5 }) }))).toEqual(["duplicate-name"]);
  expect(codesOf(() => ({ a: tidy(documents()), b: tidy(documents(), { minLength: 5, as: "short" }) }))).toEqual([]);
});

test("sources are named in the order of their use, equal globs once", () => {
  const { graph } = compileBuild(() => ({
    a: read({ from: files("a") }),
    b: read({ from: files("b", "c"), as: "b" }),
    c: read({ from: files("a"), as: "c", text: "body" }),
  }));
  expect(graph?.sources).toEqual([
    { name: "files", pattern: ["a"] },
    { name: "files-2", pattern: ["b", "c"] },
  ]);
  expect(graph?.nodes.at(-1)?.inputs).toEqual([{ port: "from", from: { source: "files" } }]);
});

test("mistakes that follow from one another are reported once", () => {
  expect(codesOf(() => ({ documents: tidy(fix(undefined as never), { minLength: "x" as never }) }))).toEqual([
    "missing-input",
    "parameter-invalid",
  ]);
});

test("all mistakes of a build are reported at once", () => {
  const build = () => {
    const raw = read({ from: speeches });
    const loose = tidy(raw as never);
    fix(raw, { nothing: 1 } as never);
    tidy(fix(raw), { as: "no spaces" });
    return { loose, nothing: undefined, speeches };
  };
  expect(codesOf(build)).toEqual(["missing-fact", "unknown-parameter", "bad-name", "not-a-handle", "source-as-output"]);
});

test("a handle kept from another build is refused", () => {
  let kept: ReturnType<typeof fix> | undefined;
  const build = () => {
    kept ??= fix(read({ from: speeches }));
    return { documents: tidy(kept), direct: kept };
  };
  expect(codesOf(build)).toEqual([]);
  expect(codesOf(build)).toEqual(["foreign-handle", "foreign-handle"]);
});

test("a tokenizer is identified by the node that trained it, and others are refused", () => {
  const { issues } = compileBuild(() => {
    const { train, validation } = part(fix(read({ from: speeches })), { validation: 0.1 });
    const other: string = "other";
    const tokens = encode(train, learnWords(train, { as: other }));
    // names that tsc cannot distinguish
    return { checkpoint: learn({ tokens, validation: encode(validation, learnWords(train, { as: `${other}2` }), { as: "heldOut" }) }) };
  });
  expect(issues.map(({ code, message }) => ({ code, message }))).toEqual([
    { code: "wrong-tokenizer", message: '"validation" was made with the tokenizer of "other2", "tokens" with that of "other"' },
  ]);
});

test("what a build throws is an issue, beside those found before it", () => {
  const build = () => {
    tidy(read({ from: speeches }) as never);
    throw new Error("no such thing");
  };
  const { issues } = compileBuild(build);
  expect(issues.map(({ code }) => code)).toEqual(["missing-fact", "build-threw"]);
  expect(issues[1]?.message).toBe("build threw: no such thing");
  expect(issues[1]?.path[0]).toMatch(/compile\.test\.ts:\d+:\d+$/);
});

test("build runs once", () => {
  let runs = 0;
  compileBuild(() => {
    runs += 1;
    return { documents: read({ from: speeches }) };
  });
  expect(runs).toBe(1);
});

test("an asynchronous build is refused, whatever becomes of its promise", () => {
  expect(codesOf(async () => ({ documents: read({ from: speeches }) }))).toEqual(["async-build"]);
  expect(codesOf(() => Promise.reject(new Error("late")))).toEqual(["async-build"]);
});

test.each([
  ["a date", new Date(0), "a Date is not JSON"],
  ["infinity", Number.POSITIVE_INFINITY, "Infinity is not JSON"],
  ["a function", () => 1, "a function is not JSON"],
  ["a map", new Map(), "a Map is not JSON"],
])("%s cannot be a parameter", (_, value, message) => {
  const pipeline = definePipeline({ name: "test", params: z.object({ deep: z.object({ value: z.unknown() }) }), build: () => ({}) });
  expect(compile(pipeline, { deep: { value } }).issues).toEqual([
    {
      code: "parameter-not-json",
      message,
      path: ["test", "params", "deep", "value"],
      fix: "parameters are kept in plans: use strings, finite numbers, booleans, null, arrays and plain objects",
    },
  ]);
});

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

const cyclic: { own?: unknown } = {};
cyclic.own = [cyclic];
let shared: unknown = 1;
for (let level = 0; level < 60; level += 1) shared = [shared, shared];

test.each([
  ["one that contains itself", cyclic, "the value contains itself", ["own", "0"]],
  ["20,000 levels", nested(20_000), "the value is nested more than 100 levels deep", undefined],
  ["a member called __proto__", { more: JSON.parse('{"__proto__":1}') }, '"__proto__" is the name of a member', ["more"]],
  ["a symbol as a name", { [Symbol("secret")]: 1 }, "Symbol(secret) is the name of a member", []],
  ["a small object that is endless as JSON", shared, "more than 200000 values", undefined],
])("%s cannot be a parameter, of a pipeline or a stage", (_, value, message, path) => {
  const pipeline = definePipeline({ name: "test", params: z.object({ value: z.unknown() }), build: () => ({}) });
  const { issues } = compile(pipeline, { value });
  expect(issues).toMatchObject([{ code: "parameter-not-json", message }]);
  if (path !== undefined) expect(issues[0]?.path).toEqual(["test", "params", "value", ...path]);
  const { issues: called } = compileBuild(() => ({ documents: tidy(fix(read({ from: speeches })), { rules: value as never }) }));
  expect(called).toMatchObject([{ code: "parameter-not-json", message }]);
});

test("a parameter may be nested, and have one object in two places", () => {
  const twice = { a: 1 };
  const value = { left: twice, right: [twice], deep: nested(90) };
  const pipeline = definePipeline({ name: "test", params: z.object({ value: z.unknown() }), build: () => ({}) });
  expect(compile(pipeline, { value }).issues.map(({ code }) => code)).not.toContain("parameter-not-json");
});

test("an optional parameter that is undefined is left out", () => {
  const { graph } = compileBuild(() => ({ documents: tidy(fix(read({ from: speeches })), { rules: undefined }) }));
  expect(graph?.nodes.at(-1)?.params).toEqual({ minLength: 200 });
});

test("a graph's parameters cannot be changed by what was passed in", () => {
  const rules: ("a" | "b")[] = ["a"];
  const { graph } = compileBuild(() => ({ documents: tidy(fix(read({ from: speeches })), { rules }) }));
  rules.push("b");
  expect(graph?.nodes.at(-1)?.params).toEqual({ minLength: 200, rules: ["a"] });
});

test("a chain of any length compiles", () => {
  const { graph } = compileBuild(() => {
    let documents = fix(read({ from: speeches }), { as: "fix-0" });
    for (let link = 1; link < 8_000; link += 1) documents = fix(documents, { as: `fix-${link}` });
    return { documents };
  });
  expect(graph?.nodes).toHaveLength(8_001);
});
