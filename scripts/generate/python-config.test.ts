import { expect, test } from "vitest";
import { z } from "zod";
import { pythonConfig } from "./python-config.ts";

const python = (shape: z.core.$ZodLooseShape) =>
  pythonConfig("score", z.toJSONSchema(z.strictObject(shape).meta({ title: "ScoreConfig", description: "A score." }), { io: "input" }));

test("each setting is a field with its type, its rules and its default", () => {
  const text = python({
    output: z.string(),
    batchSize: z.int().min(1).max(8).default(4),
    rate: z.number().positive().default(1),
    mode: z.enum(["a", "b"]).default("a"),
    exact: z.boolean().default(false),
    limit: z.exactOptional(z.number().lt(2)),
    parts: z
      .array(z.enum(["x"]))
      .min(1)
      .default(["x"]),
  });
  expect(text.split("\n").slice(11)).toEqual([
    "",
    "class ScoreConfig(Config):",
    '    """A score."""',
    "",
    "    output: str",
    "    batch_size: Annotated[int, Field(ge=1, le=8)] = 4",
    "    rate: Annotated[float, Field(gt=0)] = 1.0",
    '    mode: Literal["a", "b"] = "a"',
    "    exact: bool = False",
    "    limit: Annotated[float, Field(lt=2)] | None = None",
    '    parts: Annotated[tuple[Literal["x"], ...], Field(min_length=1)] = ("x",)',
    "",
  ]);
});

test.each([
  ["a pattern", { name: z.string().regex(/^a/) }, '"pattern" has no translation'],
  ["a length", { name: z.string().min(1) }, '"minLength" has no translation'],
  ["a value of several types", { name: z.union([z.string(), z.int()]) }, '"anyOf" has no translation'],
  ["an object without a name", { inner: z.strictObject({}) }, "needs a title and a description"],
  ["an object that takes anything", { inner: z.object({}).meta({ title: "Inner", description: "It." }) }, "Inner must be a strict object"],
])("%s is refused, not lost", (_, shape, problem) => {
  expect(() => python(shape)).toThrow(problem);
});
