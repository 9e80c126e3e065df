/** Edits of code that leave what runs as it was. */
import { cpSync } from "node:fs";
import { join } from "node:path";
import { add, all, type Mutation, pipeline, replace } from "./mutation.ts";

const text: readonly Mutation[] = [
  { name: "comments", edit: replace("stages/first/run.ts", "/** Says", "/* other */\n// more\n/** Says") },
  { name: "a comment inside an expression", edit: replace("stages/first/shout.ts", "toUpperCase()", "toUpperCase(/* now */)") },
  { name: "a legal comment", edit: replace("stages/first/run.ts", "import {", "/*! (c) nobody @license */\nimport {") },
  { name: "comments of a stage in the pipeline's file", edit: replace(pipeline, "  async run(", "  // counts\n  async run(") },
  { name: "comments of a filter", edit: replace("stages/short.ts", "return lengthOf", "// short\n    return lengthOf") },
  { name: "comments of a command's stage", edit: replace("stages/tag.ts", "  run:", "  // in Python\n  run:") },
  {
    name: "formatting",
    edit: replace("stages/first/run.ts", "{ text: shout(words.hello), score", "{\n\n    text:   shout( words.hello, ),\n    score"),
  },
  {
    name: "formatting of a stage in the pipeline's file",
    edit: replace(pipeline, "{ headline: decorate(unit) }", "{\n headline: decorate( unit ) , }"),
  },
  { name: "formatting of a filter", edit: replace("stages/short.ts", "{ longest: z.int() }", "{\n    longest: z.int(),\n  }") },
  { name: "quotes and semicolons", edit: replace("stages/shared/mark.ts", 'mark = "!";', "mark = '!'") },
  { name: "line ends", edit: replace("stages/first/run.ts", /\n/g, "\r\n") },
  { name: "a byte order mark", edit: replace("stages/first/run.ts", /^/, "\ufeff") },
  { name: "a number written in another way", edit: replace("stages/first/run.ts", "limit = 10", "limit = 1e1") },
  { name: "white space in an imported JSON file", edit: replace("stages/first/words.json", '"hola", ', '"hola",\n\n   ') },
  { name: "a type", edit: replace("stages/first/run.ts", "threshold: number", "threshold: number; other?: string") },
  { name: "a file of types", edit: replace("stages/first/context.ts", "name", "title") },
  { name: "an import of a type more", edit: replace("stages/teach/run.ts", /^/, 'import type { Context } from "../first/context.ts";\n') },
];

const imports: readonly Mutation[] = [
  {
    name: "import order",
    edit: replace("stages/first/run.ts", /(import \{ shout.*\n)(import words.*\n)(import \{ score.*\n)/, "$3$2$1"),
  },
  {
    name: "import order of modules of Node's, and the order of what is imported from one",
    edit: replace("stages/teach/run.ts", /import \{ basename, dirname \}(.*\n)(import \{ tmpdir.*\n)/, "$2import { dirname, basename }$1"),
  },
  {
    name: "import order of a pipeline's file with a stage in it",
    edit: replace(pipeline, /(import \{ first.*\n)(import \{ short.*\n)(import \{ tag.*\n)/, "$3$2$1"),
  },
  { name: "import order of a filter's file", edit: replace("stages/short.ts", /(import .*\n)(import .*\n)/, "$2$1") },
  {
    name: "one import split in two",
    edit: replace("stages/teach/run.ts", "import { basename, dirname }", 'import { dirname } from "node:path";\nimport { basename }'),
  },
  { name: "an import that nothing uses", edit: replace("stages/teach/run.ts", /^/, 'import { mark } from "../shared/mark.ts";\n') },
  { name: "an import from Node that nothing uses", edit: replace("stages/teach/run.ts", "basename, dirname", "basename, dirname, join") },
  { name: "where a module is re-exported", edit: replace("stages/teach/run.ts", /(export \* .*\n)((?:.*\n)*)$/, "$2$1") },
];

const beside: readonly Mutation[] = [
  { name: "a helper that nothing calls", edit: replace("stages/first/shout.ts", "toLowerCase", "toLocaleLowerCase") },
  { name: "unrelated files", edit: all(add("stages/fifth/run.ts", "export const run = 3;\n"), add("README.md", "# small\n")) },
  {
    name: "an unrelated file beside a command's",
    edit: all(add("stages/notes.py", "x = 1\n"), add("stages/labels/notes.md", "# labels\n")),
  },
  { name: "an unrelated file beside the data", edit: add("data/readme.md", "# data\n") },
  { name: "a dot-file among the data", edit: add("data/.hidden.txt", "hidden\n") },
  { name: "a tsconfig.json", edit: add("tsconfig.json", '{ "compilerOptions": { "target": "es5", "alwaysStrict": true } }') },
  { name: "an .env file", edit: add(".env", "NODE_ENV=production\n") },
  { name: "another pipeline", edit: (project) => cpSync(join(project, pipeline), join(project, "pipelines/other.ts")) },
  { name: "a script of package.json", edit: add("package.json", '{ "scripts": { "x": "y" }, "name": "tiny", "type": "module" }') },
  { name: "a package that nothing imports", edit: add("node_modules/idle/package.json", '{ "name": "idle", "version": "1.0.0" }') },
  {
    name: "the locked version of a package that nothing imports",
    edit: replace("package-lock.json", '"packages":{', '"packages":{"node_modules/idle":{"version":"1.0.0"},'),
  },
  { name: "a comment in a bundled package", edit: replace("node_modules/pure-thing/index.js", "says it", "says more") },
  {
    name: "the version of a bundled package, with the same code",
    edit: replace("node_modules/pure-thing/package.json", "3.0.0", "3.0.1"),
  },
];

export const sameCode: readonly Mutation[] = [...text, ...imports, ...beside];
