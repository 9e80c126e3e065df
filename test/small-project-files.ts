/**
 * The files of a project with stages of every form: modules (the first has helpers two imports deep, JSON and a package with native parts),
 * one in the pipeline's own file, a filter, and a command.
 */
export const smallProjectFiles: { readonly [path: string]: string } = {
  "package.json": '{ "name": "small", "type": "module", "private": true }\n',
  "pipelines/small.ts": `import { definePipeline, defineStage, files, output, port, z } from "crisol";
import { first, second, teach } from "../stages/definitions.ts";
import { short } from "../stages/short.ts";
import { tag } from "../stages/tag.ts";
import { mark } from "../stages/shared/mark.ts";

const perLine = 3;

/** Counts words. */
class Counter {
  count(text: string): number {
    return text.split(" ").length * perLine;
  }
}

function describe(text: string): string {
  return \`\${new Counter().count(text)} words\${mark}\`;
}

export const third = defineStage(import.meta, {
  name: "third",
  summary: "count words",
  inputs: { documents: port("documents") },
  outputs: { documents: output("documents") },
  params: z.strictObject({ unit: z.string().default("words") }),
  resources: { memory: "128 MiB", timeout: "1 hour" },
  runtime: ["node", "trainer/train_tokenizer"],
  async run(context, { unit }) {
    const { decorate } = await import("../stages/shared/decorate.ts");
    context.log("info", describe(unit));
    return { headline: decorate(unit) };
  },
});

export default definePipeline({
  name: "small",
  params: z.object({
    threshold: z.number().default(0.8),
    mode: z.string().default("soft"),
    limits: z.object({ lines: z.number(), ends: z.array(z.string()) }).default({ lines: 2, ends: [".", "!"] }),
    longest: z.int().default(9),
    unit: z.string().default("words"),
  }),
  build({ threshold, mode, limits, longest, unit }) {
    const raw = files("data/*.txt");
    const texts = first(raw, { threshold, mode, limits });
    const better = second(texts, { shape: "shape.json" });
    const counted = third(texts, { unit });
    const brief = tag(short(better, { longest }));
    return { checkpoint: teach({ documents: brief, held: counted }) };
  },
});
`,
  "shape.json": `{ "type": "object", "properties": { "text": { "type": "string", "minLength": 1 } } }\n`,
  "stages/definitions.ts": `import { defineStage, output, port, SchemaFile, z } from "crisol";

export const first = defineStage(import.meta, {
  name: "first",
  summary: "say what was read",
  inputs: { from: port("files") },
  outputs: { documents: output("documents") },
  params: z.strictObject({
    threshold: z.number(),
    mode: z.string(),
    limits: z.object({ lines: z.number(), ends: z.array(z.string()) }),
  }),
  resources: { memory: "256 MiB", timeout: "2 hours" },
  run: "./first/run.ts",
});

export const second = defineStage(import.meta, {
  name: "second",
  inputs: { documents: port("documents") },
  outputs: { documents: output("documents", { from: "documents" }) },
  params: z.strictObject({ shape: SchemaFile }),
  run: "./second/run.ts",
});

export const teach = defineStage(import.meta, {
  name: "teach",
  inputs: { documents: port("documents"), held: port("documents") },
  outputs: { checkpoint: output("checkpoint") },
  runtime: ["trainer/train"],
  run: "./teach/run.ts",
});
`,
  "stages/short.ts": `import { defineFilter, z } from "crisol";
import { lengthOf } from "./shared/length.ts";

export const short = defineFilter(import.meta, {
  name: "short",
  summary: "keep what is short",
  params: z.object({ longest: z.int() }),
  needs: [],
  keep({ text }, { longest }) {
    return lengthOf(text) <= longest || "too long";
  },
});
`,
  "stages/tag.ts": `import { command, defineStage, output, port, z } from "crisol";

export const tag = defineStage(import.meta, {
  name: "tag",
  inputs: { documents: port("documents") },
  outputs: { documents: output("documents", { from: "documents" }) },
  params: z.strictObject({ label: z.string().default("plain") }),
  run: command(["python", "tag.py", "--fast"], { files: ["labels/*.txt"] }),
});
`,
  "stages/tag.py": "import sys\n\nfor line in sys.stdin:\n    print(line, end='')\n",
  "stages/labels/plain.txt": "plain\n",
  "stages/first/run.ts": `import { shout } from "./shout.ts";
import words from "./words.json" with { type: "json" };
import { score } from "native-thing";
import type { Context } from "./context.ts";

/** Says what it reads. */
export const run = async (context: Context, params: { threshold: number }) => {
  const limit = 10;
  return { text: shout(words.hello), score: score(params.threshold), limit };
};
`,
  "stages/first/context.ts": "export interface Context { readonly name: string }\n",
  "stages/first/shout.ts": `import { mark, unusedMark } from "../shared/mark.ts";
export const shout = (text: string) => text.toUpperCase() + mark;
export const whisper = (text: string) => text.toLowerCase() + unusedMark;
`,
  "stages/first/words.json": '{ "hello": "hola", "list": [1, 2] }\n',
  "stages/shared/mark.ts": 'export const mark = "!";\nexport const unusedMark = "?";\n',
  "stages/shared/length.ts": "export const lengthOf = (text: string) => text.trim().length;\n",
  "stages/shared/decorate.ts": 'export const decorate = (text: string) => "*" + text;\n',
  "stages/second/run.ts": `import { pure } from "pure-thing";
export const run = async () => ({ text: pure("second") });
`,
  "stages/teach/run.ts": `import { basename, dirname } from "node:path";
import { tmpdir } from "node:os";
import { lengthOf } from "../shared/length.ts";
export * from "./rates.ts";
import { rate } from "./rates.ts";
import { steps } from "./alpha.ts";
import { levels } from "./beta.ts";

/** What is learnt. */
export async function run() {
  return { lessons: lengthOf(basename(dirname(tmpdir()))) * rate + start(), more: 2, steps, levels };
}

function start(): number {
  return 1;
}
`,
  "stages/teach/rates.ts": "export const rate = 0.1;\n",
  "stages/teach/alpha.ts": "export const steps = [1, 2].map((step) => step + 1);\nexport const most = Math.max(2, 3);\n",
  "stages/teach/beta.ts": "export const levels = Object.keys({ low: 1, high: 2 });\n",
  "data/a.txt": "a text\n",
  "data/b.txt": "b text\n",
  "package-lock.json": JSON.stringify({
    lockfileVersion: 3,
    packages: {
      "node_modules/native-thing": { version: "1.0.0" },
      "node_modules/native-leaf": { version: "2.0.0" },
      "node_modules/pure-thing": { version: "3.0.0" },
    },
  }),
  "node_modules/native-thing/package.json": JSON.stringify({
    name: "native-thing",
    version: "1.0.0",
    main: "index.js",
    dependencies: { "native-leaf": "*" },
  }),
  "node_modules/native-thing/index.js": "exports.score = (x) => x;\n",
  "node_modules/native-thing/binding.gyp": "{}\n",
  "node_modules/native-leaf/package.json": JSON.stringify({ name: "native-leaf", version: "2.0.0", main: "index.js" }),
  "node_modules/native-leaf/index.js": "exports.leaf = 1;\n",
  "node_modules/pure-thing/package.json": JSON.stringify({ name: "pure-thing", version: "3.0.0", main: "index.js" }),
  "node_modules/pure-thing/index.js": '// says it\nconst { basename } = require("node:path");\nexports.pure = (text) => basename(text);\n',
};
