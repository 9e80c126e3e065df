import { expect, expectTypeOf, test } from "vitest";
import { learn, read, tidy } from "../test/fixtures/toy-stages.ts";
import { command, defineFilter, defineStage, output, port, z } from "./index.ts";
import type { NoParams, StageDefinition } from "./stage.ts";

const here = import.meta;
const documents = { documents: port("documents") };
const made = { documents: output("documents") };
const run = command(["python", "score.py"]);

test("units of resources are parsed, and what is left out has a default", () => {
  expect(learn.spec.resources).toEqual({ cpus: 1, gpus: 1, memory: 512, timeout: 5400, attempts: 5 });
  expect(tidy.spec.resources).toEqual({ cpus: 1, gpus: 0, memory: 2048, timeout: 21_600, attempts: 3 });
});

test("code is found relative to the module that defines the stage", () => {
  expect(read.spec.code).toEqual({ type: "module", url: new URL("../test/fixtures/toy-run.ts", here.url).href });
});

test("a function runs in the module that defines it, which a host imports", () => {
  const run = async () => ({ out: 1 });
  const stage = defineStage(here, { name: "inline", inputs: documents, outputs: made, run });
  expect(stage.spec.code).toEqual({ type: "inline", url: here.url });
  expect(stage.run).toBe(run);
});

test("ports and outputs keep their order, with the facts they demand and add", () => {
  expect(learn.spec.inputs).toEqual([
    { name: "tokens", kind: "tokens", facts: ["training"] },
    { name: "validation", kind: "tokens", facts: ["validation"], tokenizer: "tokens" },
  ]);
  expect(learn.spec.outputs).toEqual([
    { name: "checkpoint", kind: "checkpoint", adds: [], tokenizer: "tokens", excludes: [], identity: false },
  ]);
});

test("a schema that lets unknown parameters pass is made strict", () => {
  const stage = defineStage(here, {
    name: "loose",
    inputs: documents,
    outputs: made,
    params: z.looseObject({ a: z.int() }),
    run: "./x.ts",
  });
  expect(stage.spec.params.safeParse({ a: 1, b: 2 }).success).toBe(false);
});

test("a filter demands sealed documents, keeps their facts and adds none", () => {
  const filter = defineFilter(here, { name: "filter", keep: () => true });
  expect(filter.spec.inputs).toEqual([{ name: "documents", kind: "documents", facts: ["sealed"] }]);
  expect(filter.spec.outputs).toEqual([
    { name: "documents", kind: "documents", adds: [], from: "documents", excludes: [], identity: false },
  ]);
});

test("a filter maps over its documents shard by shard", () => {
  expect(defineFilter(here, { name: "filter", keep: () => true }).spec.map).toEqual({ port: "documents", reduce: false });
});

test("a mapped stage names the input it maps over, and carries the functions that are written in place", () => {
  const [run, reduce] = [async () => ({ in: 1 }), async () => ({ out: 1 })];
  const inputs = { left: port("documents"), right: port("documents") };
  const stage = defineStage(here, { name: "count", inputs, outputs: { report: output("report") }, map: "right", run, reduce });
  expect(stage.spec.map).toEqual({ port: "right", reduce: true });
  expect([stage.run, stage.reduce]).toEqual([run, reduce]);
});

test("a stage over files names the parameter that is the size of its shards", () => {
  const params = z.strictObject({ size: z.int().default(1000), label: z.string() });
  const stage = defineStage(here, {
    name: "read",
    inputs: { from: port("files") },
    outputs: made,
    params,
    map: "from",
    shardBytes: "size",
    run: "./x.ts",
  });
  expect(stage.spec.map).toEqual({ port: "from", reduce: false, bytes: "size" });
  type Definition<P extends z.ZodObject> = StageDefinition<"read", object, object, P, undefined, "from">;
  expectTypeOf<Definition<typeof params>["shardBytes"]>().toEqualTypeOf<"size" | undefined>();
  expectTypeOf<Definition<NoParams>["shardBytes"]>().toEqualTypeOf<undefined>();
});

test("a command serves the documents, the report and, by folders, the other inputs of its stage", () => {
  const inputs = { documents: port("documents"), words: port("tokenizer") };
  const outputs = { ...made, report: output("report") };
  const stage = defineStage(here, { name: "score", inputs, outputs, run: command(["python", "score.py"], { files: ["lib/*.py"] }) });
  expect(stage.spec.code).toEqual({
    type: "command",
    url: here.url,
    words: ["python", "score.py"],
    files: ["lib/*.py"],
    ports: { reads: "documents", documents: "documents", report: "report", folders: ["words"] },
  });
  expect(stage).not.toHaveProperty("run");
});

test("a command with several inputs of documents reads the mapped one, and a function combines its parts", () => {
  const inputs = { left: port("documents"), right: port("documents") };
  const reduce = async () => ({ out: 1 });
  const run = command(["./count.sh"]);
  const stage = defineStage(here, { name: "count", inputs, outputs: { report: output("report") }, map: "right", run, reduce });
  expect(stage.spec.code).toMatchObject({ ports: { reads: "right", report: "report", folders: ["left"] } });
  expect(stage.reduce).toBe(reduce);
});

test.each([[[]], [[""]], [["a\0b"]]])("a command written as %j is refused", (words) => {
  expect(() => command(words as never)).toThrow("a command is a program and its arguments");
});

test("a stage that is not mapped has no `map`", () => {
  expect(tidy.spec).not.toHaveProperty("map");
});

test("a filter may need and add other facts", () => {
  const filter = defineFilter(here, { name: "filter", needs: ["clean"], adds: ["english"], keep: () => true });
  expect(filter.spec.inputs[0]?.facts).toEqual(["clean"]);
  expect(filter.spec.outputs[0]?.adds).toEqual(["english"]);
});

test.each([
  ["a name that is not an identifier", "must be camelCase", { name: "my stage" }],
  [
    "a kind that does not exist",
    '"words" is of kind "docs", which does not exist. kinds: files, documents, ',
    { inputs: { words: port("docs" as "documents") } },
  ],
  ["no outputs", "without outputs", { outputs: {} }],
  ["a parameter named like an input", '"documents" is both an input and a parameter', { params: z.object({ documents: z.string() }) }],
  ["a parameter named as", 'cannot be called "as"', { params: z.object({ as: z.string() }) }],
  ["an order that leaves an input out", "must list every input once", { positional: ["other"] }],
  [
    "an output that keeps the facts of no input",
    'refers to the input "other"',
    { outputs: { documents: output("documents", { from: "other" }) } },
  ],
  ["a map over an input that it does not have", '"other", which is not one of its inputs. name "documents"', { map: "other" }],
  [
    "a map over an input without shards",
    "which is a tokenizer and has no shards. only inputs of kind files, documents, tokens",
    { inputs: { words: port("tokenizer") }, map: "words" },
  ],
  [
    "parts that are not joined automatically",
    'writes a part of "report", and only parts of documents and tokens are joined automatically. write `reduce(',
    { outputs: { ...made, report: output("report") }, map: "documents" },
  ],
  ["a size of shards and no map", "name the files to map over", { shardBytes: "size" }],
  ["a size of shards that already have one", "come in shards of their own size", { map: "documents", shardBytes: "size" }],
  [
    "a size of shards that is not a parameter",
    'names "size", which is not one of its parameters. name one: bytes',
    { inputs: { from: port("files") }, map: "from", shardBytes: "size", params: z.object({ bytes: z.int() }) },
  ],
  ["a reduce and no map", "name the input to map over", { reduce: true }],
  ["one function in place and one in a module", "export `reduce` there too", { map: "documents", reduce: async () => ({}) }],
  ["one function in a module and one in place", "`run` is not a module", { map: "documents", run: async () => ({}), reduce: true }],
  [
    "a command that reads two inputs",
    "reads one input of documents, and this stage has 2",
    { inputs: { ...documents, b: port("documents") }, run },
  ],
  ["a command of two outputs", "at most one output of kind report", { outputs: { a: output("report"), b: output("report") }, run }],
  ["a command that writes a model", '"model" is a model. run a function', { outputs: { model: output("model") }, run }],
  ["a command whose reduce is elsewhere", "`run` is not a module", { map: "documents", run, reduce: true }],
  ["a run that is an array", "give the path of a module", { run: ["python", "score.py"] }],
  ["half a CPU", "0.5 cannot be its number of cpus", { resources: { cpus: 0.5 } }],
  ["a queue", 'there is no resource "queue". say what it needs', { resources: { queue: "gpu" } }],
  ["memory of GPUs that it does not ask for", "and asks for none", { resources: { gpuMemory: "24 GB" } }],
  ["memory without a unit", "memory is written as", { resources: { memory: "2" } }],
])("a stage with %s is refused where it is declared", (_, message, change) => {
  const definition = { name: "stage", inputs: documents, outputs: made, run: "./x.ts" as const, ...change };
  // tsc refuses these too
  expect(() => defineStage(here, definition as never)).toThrow(message);
});
