/** What must make a stage run again, and no other. */
import { renameSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { digestOf } from "../../schemas/digest.ts";
import { write } from "../small-project.ts";
import { add, all, pipeline, type RunsAgain, replace, upgrade } from "./mutation.ts";

const ofCode: readonly RunsAgain[] = [
  { name: "the body of a stage", edit: replace("stages/first/run.ts", "shout(words.hello)", "shout(shout(words.hello))"), runs: ["first"] },
  { name: "a digit of what a stage returns", edit: replace("stages/teach/run.ts", "more: 2", "more: 3"), runs: ["teach"] },
  { name: "a digit in a function that a stage calls", edit: replace("stages/teach/run.ts", "return 1", "return 2"), runs: ["teach"] },
  {
    name: "the body of a stage in the pipeline's file",
    edit: replace(pipeline, "decorate(unit) }", 'decorate(unit + ".") }'),
    runs: ["third"],
  },
  { name: "the body of a filter", edit: replace("stages/short.ts", "<= longest", "< longest"), runs: ["short"] },
  { name: "the reason that a filter gives", edit: replace("stages/short.ts", "too long", "long"), runs: ["short"] },
  { name: "a helper", edit: replace("stages/first/shout.ts", "toUpperCase", "toLocaleUpperCase"), runs: ["first"] },
  { name: "a helper two imports deep", edit: replace("stages/shared/mark.ts", '"!"', '"!!"'), runs: ["first", "third"] },
  {
    name: "a helper of a filter and of another stage",
    edit: replace("stages/shared/length.ts", "trim()", "trimEnd()"),
    runs: ["short", "teach"],
  },
  { name: "a function beside the stage in its file", edit: replace(pipeline, "} words", "} terms"), runs: ["third"] },
  { name: "a class beside the stage in its file", edit: replace(pipeline, 'split(" ")', 'split("  ")'), runs: ["third"] },
  { name: "a module that is imported when it is needed", edit: replace("stages/shared/decorate.ts", '"*"', '"+"'), runs: ["third"] },
  { name: "a module that is re-exported", edit: replace("stages/teach/rates.ts", "0.1", "0.2"), runs: ["teach"] },
  { name: "a constant", edit: replace("stages/first/run.ts", "limit = 10", "limit = 11"), runs: ["first"] },
  { name: "a constant beside the stage in its file", edit: replace(pipeline, "perLine = 3", "perLine = 4"), runs: ["third"] },
  { name: "an imported JSON file", edit: replace("stages/first/words.json", "hola", "buenas"), runs: ["first"] },
  { name: "white space in a text", edit: replace("stages/shared/mark.ts", '"!"', '" !"'), runs: ["first", "third"] },
  {
    name: "the arguments of a function",
    edit: replace("stages/second/run.ts", "async () =>", "async (context: unknown) =>"),
    runs: ["second"],
  },
  { name: "the program of a command", edit: replace("stages/tag.py", "end=''", "end=' '"), runs: ["tag"] },
  { name: "the arguments of a command", edit: replace("stages/tag.ts", "--fast", "--slow"), runs: ["tag"] },
  { name: "a file that a command needs", edit: replace("stages/labels/plain.txt", "plain", "fancy"), runs: ["tag"] },
  { name: "a file more that a command needs", edit: add("stages/labels/fancy.txt", "fancy\n"), runs: ["tag"] },
  {
    name: "an import that does something",
    edit: all(add("stages/second/setup.ts", "globalThis.setUp = true;\n"), replace("stages/second/run.ts", /^/, 'import "./setup.ts";\n')),
    runs: ["second"],
  },
  {
    name: "what a module does when it is loaded, in another order",
    edit: replace("stages/teach/alpha.ts", /(.*steps.*\n)(.*most.*\n)/, "$2$1"),
    runs: ["teach"],
  },
  {
    name: "a function renamed, whose name a program can read",
    edit: replace("stages/teach/run.ts", /\bstart\b/g, "begin"),
    runs: ["teach"],
  },
  { name: "a renamed stage", edit: replace("stages/definitions.ts", 'name: "second"', 'name: "next"'), runs: ["next"] },
  {
    name: "a fact that a stage adds",
    edit: replace("stages/definitions.ts", '{ from: "documents" }', '{ from: "documents", adds: ["better"] }'),
    runs: ["second"],
  },
  {
    name: "code of a filter in crisol's own language",
    crisol: (copy) => replace("stage-code/filter-documents.ts", "tally.in += 1", "tally.in += 2")(copy),
    runs: ["short"],
  },
];

const ofPackages: readonly RunsAgain[] = [
  {
    name: "the code of a bundled package",
    edit: replace("node_modules/pure-thing/index.js", "basename(text)", "basename(text) + 1"),
    runs: ["second"],
  },
  {
    name: "which file a bundled package begins with",
    edit: all(
      add("node_modules/pure-thing/other.js", "exports.pure = () => 1;\n"),
      replace("node_modules/pure-thing/package.json", "index.js", "other.js"),
    ),
    runs: ["second"],
  },
  {
    name: "a bundled package of the same name, installed nearer",
    edit: all(
      add("stages/node_modules/pure-thing/package.json", '{ "name": "pure-thing", "version": "3.0.0", "main": "index.js" }'),
      add("stages/node_modules/pure-thing/index.js", "exports.pure = () => 2;\n"),
    ),
    runs: ["second"],
  },
  { name: "the locked version of a dependency", edit: replace("package-lock.json", '"1.0.0"', '"1.0.1"'), runs: ["first"] },
  {
    name: "the installed version of a dependency",
    edit: replace("node_modules/native-thing/package.json", '"1.0.0"', '"1.0.1"'),
    runs: ["first"],
  },
  {
    name: "the locked and installed version of a dependency",
    edit: all(replace("package-lock.json", '"1.0.0"', '"1.0.1"'), replace("node_modules/native-thing/package.json", '"1.0.0"', '"1.0.1"')),
    runs: ["first"],
  },
  {
    name: "the version of what a dependency needs",
    edit: replace("node_modules/native-leaf/package.json", "2.0.0", "2.0.1"),
    runs: ["first"],
  },
  {
    name: "a dependency installed nearer",
    edit: add("stages/node_modules/native-thing/package.json", '{ "name": "native-thing", "version": "9.0.0" }'),
    runs: ["first"],
  },
];

const ofParameters: readonly RunsAgain[] = [
  { name: "a parameter", set: { mode: "hard" }, runs: ["first"] },
  { name: "a parameter of a stage in the pipeline's file", set: { unit: "letters" }, runs: ["third"] },
  { name: "a parameter of a command", edit: replace("stages/tag.ts", 'default("plain")', 'default("fancy")'), runs: ["tag"] },
  { name: "a rule in a schema's file", edit: replace("shape.json", '"minLength": 1', '"minLength": 2'), runs: ["second"] },
  { name: "a parameter of a filter", set: { longest: 10 }, runs: ["short"] },
  { name: "a float parameter's last digit", set: { threshold: 0.8 + 2 ** -53 }, runs: ["first"] },
  { name: "a parameter inside of another", set: { limits: { lines: 3, ends: [".", "!"] } }, runs: ["first"] },
  { name: "the order of a list", set: { limits: { lines: 2, ends: ["!", "."] } }, runs: ["first"] },
  { name: "white space in a parameter", set: { mode: "soft " }, runs: ["first"] },
  { name: "another Unicode form of a parameter", set: { mode: "s\u00f3ft" }, runs: ["first"] },
  { name: "a default of the pipeline", edit: replace(pipeline, "default(0.8)", "default(0.7)"), runs: ["first"] },
  {
    name: "a default of a stage",
    edit: replace("stages/definitions.ts", "mode: z.string(),", 'mode: z.string(),\n    more: z.string().default("x"),'),
    runs: ["first"],
  },
  { name: "another stage's output, read instead", edit: replace(pipeline, "third(texts,", "third(better,"), runs: ["third"] },
  {
    name: "two inputs that change places",
    edit: replace(pipeline, "documents: brief, held: counted", "documents: counted, held: brief"),
    runs: ["teach"],
  },
];

const ofData: readonly RunsAgain[] = [
  { name: "a byte of an input", edit: replace("data/b.txt", "b text", "b texT"), runs: ["first"] },
  {
    name: "a byte of an input, its size and mtime as before",
    edit: (project) => {
      const { atime, mtime } = statSync(join(project, "data/b.txt"));
      write(project, "data/b.txt", "c text\n");
      utimesSync(join(project, "data/b.txt"), atime, mtime);
    },
    runs: ["first"],
  },
  { name: "an input file more", edit: add("data/c.txt", "c\n"), runs: ["first"] },
  { name: "an empty input file more", edit: add("data/c.txt", ""), runs: ["first"] },
  { name: "an input file less", edit: (project) => rmSync(join(project, "data/b.txt")), runs: ["first"] },
  {
    name: "an input file renamed",
    edit: (project) => renameSync(join(project, "data/b.txt"), join(project, "data/c.txt")),
    runs: ["first"],
  },
  {
    name: "two input files that change places",
    edit: (project) => {
      write(project, "data/a.txt", "b text\n");
      write(project, "data/b.txt", "a text\n");
    },
    runs: ["first"],
  },
  { name: "a file of an artifact, gone", edit: (project) => removeBlob(project, "1 zero"), runs: ["second"] },
];

const ofRuntime: readonly RunsAgain[] = [
  {
    name: "a declared runtime fact",
    env: {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent('Object.defineProperty(process.versions, "node", { value: "99.0.0" })')}`,
    },
    runs: ["third"],
  },
  {
    name: "a runtime fact declared",
    edit: replace("stages/definitions.ts", 'run: "./second/run.ts"', 'runtime: ["node"],\n  run: "./second/run.ts"'),
    runs: ["second"],
  },
  {
    name: "a line of a module that the trainer's entry imports",
    crisol: (copy) => replace("trainer/crisol_trainer/training/schedule.py", /$/, "\nmore = 1\n")(copy),
    runs: ["teach"],
  },
  {
    name: "a line of a module that all entries import",
    crisol: (copy) => replace("trainer/crisol_trainer/runtime/failure.py", "memory ran out", "no memory")(copy),
    runs: ["third", "teach"],
  },
  {
    name: "a line that runs whenever a module of the trainer is imported",
    crisol: (copy) => replace("trainer/crisol_trainer/__init__.py", /$/, "\nmore = 1\n")(copy),
    runs: ["third", "teach"],
  },
  { name: "a locked package that the trainer's entry needs", crisol: upgrade("torch"), runs: ["teach"] },
  { name: "a locked package that one of these needs", crisol: upgrade("sympy"), runs: ["teach"] },
];

/** Take away the blob with these contents. */
function removeBlob(project: string, contents: string): void {
  const digest = digestOf(contents);
  rmSync(join(project, ".crisol/store/blobs", digest.slice(0, 2), digest));
}

export const mustRun: readonly RunsAgain[] = [...ofCode, ...ofPackages, ...ofParameters, ...ofData, ...ofRuntime];
