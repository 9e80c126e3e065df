import { expect, test } from "vitest";
import { parseCommandLine } from "./command-line.ts";

const parse = (value: unknown) => parseCommandLine(JSON.stringify(value), "line 7");

test.each([
  [{ text: "a" }, { type: "document", text: "a" }],
  [
    { text: "", id: "0a", source: "b.txt#1", meta: { score: 1 } },
    { type: "document", text: "", id: "0a", source: "b.txt#1", meta: { score: 1 } },
  ],
  [{ drop: "too short" }, { type: "drop", reason: "too short" }],
  [
    { id: "0a", drop: "too short" },
    { type: "drop", reason: "too short", id: "0a" },
  ],
  [{ log: "hello" }, { type: "log", message: "hello", level: "info" }],
  [
    { log: "hello", level: "error" },
    { type: "log", message: "hello", level: "error" },
  ],
  [{ progress: { done: 3 } }, { type: "progress", progress: { done: 3, unit: "documents" } }],
  [
    { progress: { done: 3, total: 9, unit: "batches", rate: 2, eta: 3, metrics: { loss: 1.5 } } },
    { type: "progress", progress: { done: 3, total: 9, unit: "batches", rate: 2, eta: 3, metrics: { loss: 1.5 } } },
  ],
  [{ report: { words: [1] } }, { type: "report", report: { words: [1] } }],
])("%j is read", (value, line) => {
  expect(parse(value)).toEqual(line);
});

test.each([
  ["an object of nothing known", { txt: "a" }, "not one of the known messages", '{ "text": "..." }, { "drop": "reason" }'],
  ["an array", [1], "not one of the known messages", "print {"],
  ["null", null, "not one of the known messages", "print {"],
  [
    "a score beside the text",
    { text: "a", score: 0.5 },
    'a member "score", which it cannot have',
    'put anything else about a document into its "meta"',
  ],
  ["a text that is dropped", { text: "a", drop: "b" }, 'a member "drop"', "meta"],
  ["a level beside a report", { report: {}, level: "info" }, 'a member "level"', "the allowed members are report"],
  ["a text that is not a string", { text: null }, 'whose "text" is not a string', "give a string"],
  ["an id that is a number", { drop: "a", id: 3 }, 'whose "id" is not a string', "or leave it out"],
  ["a reason that is empty", { drop: "" }, "not a reason in a word or two", "too short"],
  ["meta that is a list", { text: "a", meta: [] }, 'whose "meta" is not an object', "give an object"],
  ["an unknown level", { log: "a", level: "fatal" }, 'whose "level" is not "debug", "info"', "give"],
  ["progress without a figure", { progress: { total: 3 } }, 'whose "done" is not a number', "give a number"],
  ["progress with another figure", { progress: { done: 3, percent: 3 } }, 'a member "percent"', "done, total, unit"],
  [
    "metrics that are not numbers",
    { progress: { done: 3, metrics: { loss: "low" } } },
    'whose "metrics" is not an object of numbers',
    "give",
  ],
  ["a report that is a list", { report: [] }, 'whose "report" is not an object', "give"],
])("%s is refused, with the line", (_, value, what, fix) => {
  const line = JSON.stringify(value);
  const error = expect.objectContaining({
    parts: {
      code: "STAGE_FAILED",
      what: expect.stringContaining(what),
      where: "line 7",
      why: expect.any(String),
      fix: expect.stringContaining(fix),
    },
  });
  expect(() => parse(value)).toThrow(error);
  expect(() => parse(value)).toThrow(line);
});

test("a line that is not JSON is shown on one line, cut", () => {
  expect(() => parseCommandLine(`Traceback\t${"x".repeat(500)}`, "line 7")).toThrow(
    `a line that is not JSON: Traceback ${"x".repeat(109)}…`,
  );
});
