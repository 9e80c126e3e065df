import { expect, expectTypeOf, test } from "vitest";
import { compile } from "./graph/compile.ts";
import { type Artifact, defineKind, definePipeline, defineStage, files, output, port } from "./index.ts";

const here = { url: import.meta.url };
const embeddings = defineKind({ name: "embeddings", shards: "vectors", shown: "{vectors} vectors of {dimensions} dimensions" });
const embed = defineStage(here, {
  name: "embed",
  inputs: { from: port("files") },
  outputs: { embeddings: output(embeddings, { adds: ["normalised"] }) },
  run: "./x.ts",
});
const compare = defineStage(here, {
  name: "compare",
  inputs: { embeddings: port(embeddings, "normalised") },
  outputs: { report: output("report") },
  run: "./x.ts",
});

test("a declaration is plain data, with every rule in place", () => {
  const { shown, ...rules } = embeddings;
  expect(rules).toEqual({ name: "embeddings", shards: "vectors", maps: true, joins: true, shares: true, tokenizer: "none" });
  expect(shown).toBe("{vectors} vectors of {dimensions} dimensions");
  expect(defineKind({ name: "images", maps: true, tokenizer: true })).toEqual({
    name: "images",
    maps: true,
    joins: false,
    shares: true,
    tokenizer: "tied",
  });
});

test("ports and outputs carry it, and handles are typed by its name and facts", () => {
  expect(compare.spec.inputs).toEqual([{ name: "embeddings", kind: "embeddings", declaration: embeddings, facts: ["normalised"] }]);
  expect(embed.spec.outputs[0]).toMatchObject({ kind: "embeddings", declaration: embeddings, adds: ["normalised"] });
  const build = () => {
    const made = embed(files("data/*"));
    expectTypeOf(made).toEqualTypeOf<Artifact<"embeddings", "normalised">>();
    return { made, report: compare(made) };
  };
  expect(compile(definePipeline({ name: "kinds", build }), {}).issues).toEqual([]);
});

test.each([
  ["the name of a built-in kind", "crisol has a kind of this name", { name: "documents" }],
  ["a name with spaces", "expected a short name", { name: "my kind" }],
  ["a folder that leads elsewhere", "shards: expected a short name", { name: "vectors", shards: "../up" }],
  ["an unknown option", 'there is no option "mapped"', { name: "vectors", mapped: true }],
])("a kind with %s is refused where it is declared", (_, message, definition) => {
  expect(() => defineKind(definition)).toThrow(message);
});

test("one name with two declarations is refused by compile", () => {
  const other = defineKind({ name: "embeddings" });
  const judge = defineStage(here, { name: "judge", inputs: { e: port(other) }, outputs: { report: output("report") }, run: "./x.ts" });
  const build = () => ({ report: judge(embed(files("data/*"))) });
  expect(compile(definePipeline({ name: "clash", build }), {}).issues).toMatchObject([
    { code: "kind-clash", message: 'the kind "embeddings" is declared in two ways: by what judge imports, and by what embed does' },
  ]);
});

test("a stage maps over a kind that maps, and needs a reduce for one that does not join", () => {
  const whole = defineKind({ name: "whole" });
  const mapped = (input: typeof whole | typeof embeddings, made: typeof whole | typeof embeddings) => () =>
    defineStage(here, { name: "mapped", inputs: { in: port(input) }, outputs: { out: output(made) }, map: "in", run: "./x.ts" }).spec.map;
  expect(mapped(embeddings, embeddings)()).toEqual({ port: "in", reduce: false });
  expect(mapped(whole, embeddings)).toThrow("which is a whole and has no shards");
  expect(mapped(embeddings, whole)).toThrow('each shard writes a part of "out"');
});

test("a tokenizer is asked only of kinds that are tied to one", () => {
  const stage = () =>
    defineStage(here, {
      name: "untied",
      inputs: { tokens: port("tokens"), e: port(embeddings, { tokenizer: "tokens" }) },
      outputs: { report: output("report") },
      run: "./x.ts",
    });
  expect(stage).toThrow('"e" is of kind embeddings, which is tied to no tokenizer');
});
