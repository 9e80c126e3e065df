/** Changes to a project and to where it is planned that leave every stage's work as it was. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { write } from "../small-project.ts";
import { add, all, type Mutation, pipeline, replace, upgrade } from "./mutation.ts";

/** Give every file below a folder of a project another modification time; `by` in seconds. */
const touch = (folder: string, by: number) => (project: string) => {
  for (const name of readdirSync(join(project, folder), { recursive: true, encoding: "utf8" })) {
    utimesSync(join(project, folder, name), Date.now() / 1000 + by, Date.now() / 1000 + by);
  }
};

/** The members of a JSON file's objects in the reverse order. */
const reverseMembers = (path: string) => (project: string) => {
  const reversed = (value: unknown): unknown =>
    typeof value !== "object" || value === null || Array.isArray(value)
      ? value
      : Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([name, member]) => [name, reversed(member)]),
        );
  write(project, path, JSON.stringify(reversed(JSON.parse(readFileSync(join(project, path), "utf8"))), null, 2));
};

const ofStages: readonly Mutation[] = [
  { name: "the layout of a schema's file", edit: replace("shape.json", /, /g, ",\n    ") },
  { name: "the order in a schema's file", edit: reverseMembers("shape.json") },
  {
    name: "the name of a schema's file",
    edit: all(
      (project) => renameSync(join(project, "shape.json"), join(project, "form.json")),
      replace(pipeline, '"shape.json"', '"form.json"'),
    ),
  },
  { name: "a stage's summary", edit: replace("stages/definitions.ts", "say what was read", "say everything that was read") },
  {
    name: "a stage's time limit and memory",
    edit: replace("stages/definitions.ts", '"256 MiB", timeout: "2 hours"', '"1 GiB", timeout: "9 hours"'),
  },
  { name: "the summary of a stage in the pipeline's file", edit: replace(pipeline, "count words", "count all words") },
  {
    name: "the time limit and memory of a stage in the pipeline's file",
    edit: replace(pipeline, '"128 MiB", timeout: "1 hour"', '"1 GiB", timeout: "9 hours"'),
  },
  { name: "the summary of a command's stage", edit: replace("stages/tag.ts", '  name: "tag",', '  name: "tag",\n  summary: "tag",') },
  { name: "the summary of a filter", edit: replace("stages/short.ts", "keep what is short", "keep short ones") },
  {
    name: "the resources of a filter, where it had none",
    edit: replace("stages/short.ts", "needs: [],", 'needs: [],\n  resources: { memory: "1 GiB" },'),
  },
  {
    name: "a bound of a stage's parameter",
    edit: replace("stages/definitions.ts", "threshold: z.number()", "threshold: z.number().max(1)"),
  },
  {
    name: "a bound of a parameter, of a stage in the pipeline's file and of a filter",
    edit: all(
      replace(pipeline, 'z.string().default("words") })', 'z.string().max(9).default("words") })'),
      replace("stages/short.ts", "z.int()", "z.int().max(99)"),
    ),
  },
  {
    name: "the order of a stage's inputs",
    edit: replace("stages/definitions.ts", /(documents: port\("documents"\)), (held: port\("documents"\))/, "$2, $1"),
  },
  {
    name: "a stage's default, where the pipeline says the same",
    edit: replace("stages/definitions.ts", "threshold: z.number()", "threshold: z.number().default(0.8)"),
  },
  {
    name: "the build of a pipeline whose file has a stage in it",
    edit: replace(
      pipeline,
      "const counted = third(texts, { unit });",
      "const word = unit;\n    const counted = third(texts, { unit: word });",
    ),
  },
  {
    name: "the order of statements in a build",
    edit: replace(pipeline, /( +const better.*\n)( +const counted.*\n)/, "$2$1"),
  },
  {
    name: "a stage more, beside one in the pipeline's file",
    edit: replace(
      pipeline,
      "export default",
      'export const fifth = defineStage(import.meta, {\n  name: "fifth",\n  inputs: { documents: port("documents") },\n  outputs: { report: output("report") },\n  run: async () => ({}),\n});\n\nexport default',
    ),
  },
  {
    name: "a text of several lines in the file of a stage",
    edit: replace(pipeline, "export default", "export const prompt = `\none\n  two\n`;\n\nexport default"),
  },
  { name: "a renamed pipeline", edit: replace(pipeline, /name: "small"/, 'name: "tiny"') },
  { name: "a renamed node", edit: replace(pipeline, "second(texts, { ", 'second(texts, { as: "better", ') },
  { name: "a renamed output of the pipeline", edit: replace(pipeline, "return { checkpoint:", "return { taught:") },
];

const ofParameters: readonly Mutation[] = [
  { name: "key order of parameters", edit: replace(pipeline, "{ threshold, mode, limits });", "{ limits, mode, threshold });") },
  { name: "key order inside of a parameter", set: { limits: { ends: [".", "!"], lines: 2 } } },
  { name: "key order of package.json and the lock", edit: all(reverseMembers("package.json"), reverseMembers("package-lock.json")) },
  { name: "key order of an external's package.json", edit: reverseMembers("node_modules/native-thing/package.json") },
  { name: "a parameter set to what it is", set: { threshold: 0.8, unit: "words" } },
  { name: "a float written in another way", edit: replace(pipeline, "default(0.8)", "default(0.80)") },
  {
    name: "a pipeline's default that a setting overrides",
    edit: replace(pipeline, "default(0.8)", "default(0.3)"),
    set: { threshold: 0.8 },
  },
  {
    name: "a parameter of the pipeline that no stage is given",
    edit: replace(pipeline, "params: z.object({", "params: z.object({\n    idle: z.int().default(1),"),
    set: { idle: 2 },
  },
];

const ofData: readonly Mutation[] = [
  {
    name: "mtime of code, data, packages and locks",
    edit: all(
      touch("stages", -5000),
      touch("data", -5000),
      touch("pipelines", -5000),
      touch("node_modules/native-thing", -5000),
      (project) => utimesSync(join(project, "package-lock.json"), 1, 1),
    ),
  },
  { name: "mtime of an input later by a millisecond", edit: touch("data", 0.001) },
  { name: "mtime of every blob in the store", edit: touch(".crisol/store/blobs", 0.001) },
  {
    name: "files rewritten with the same bytes",
    edit: (project) => {
      for (const name of ["data/a.txt", "data/b.txt", "stages/first/run.ts"]) {
        const bytes = readFileSync(join(project, name), "utf8");
        rmSync(join(project, name));
        write(project, name, bytes);
      }
    },
  },
  {
    name: "files that are links to the same bytes",
    edit: (project) => {
      renameSync(join(project, "data/b.txt"), join(project, "data/b.real"));
      symlinkSync("b.real", join(project, "data/b.txt"));
    },
  },
  {
    name: "permissions",
    edit: (project) => {
      chmodSync(join(project, "data/a.txt"), 0o600);
      chmodSync(join(project, "stages/first/run.ts"), 0o755);
    },
  },
  {
    name: "order of files given by globs, and one that repeats",
    edit: replace(pipeline, '"data/*.txt"', '"data/b.txt", "data/*.txt", "data/a.txt"'),
  },
  {
    name: "order in which a folder lists its files",
    edit: (project) => {
      renameSync(join(project, "data"), join(project, "old"));
      for (const name of ["b.txt", "a.txt"]) {
        mkdirSync(join(project, "data"), { recursive: true });
        renameSync(join(project, "old", name), join(project, "data", name));
      }
    },
  },
  { name: "a glob written in another way", edit: replace(pipeline, '"data/*.txt"', '"./data/{b,a}.txt"') },
];

/** Move modules of the trainer into a package, with what imports them, as an import sorter leaves it. */
function moveModules(copy: string, modules: readonly string[], folder: string): void {
  const trainer = join(copy, "trainer/crisol_trainer");
  write(trainer, `${folder}/__init__.py`, '"""Some of the trainer."""\n');
  const moved = (module: string) => `${folder}.${module.split(".").at(-1)}`;
  const file = (module: string) => join(trainer, `${module.replaceAll(".", "/")}.py`);
  for (const module of modules) renameSync(file(module), file(moved(module)));
  for (const path of readdirSync(trainer, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".py"))) {
    const before = readFileSync(join(trainer, path), "utf8");
    const after = modules.reduce(
      (text, module) => text.replaceAll(`crisol_trainer.${module} `, `crisol_trainer.${moved(module)} `),
      before,
    );
    const sorted = after.replaceAll(
      /(?:^from crisol_trainer\.\S+ import [^(\n]+\n)+/gm,
      (run) => `${run.trim().split("\n").sort().join("\n")}\n`,
    );
    write(trainer, path, sorted);
  }
}

const ofTrainer: readonly Mutation[] = [
  {
    name: "a module of the trainer more",
    crisol: add("trainer/crisol_trainer/dpo.py", "from crisol_trainer.training.train import train\n"),
  },
  {
    name: "a module of the trainer that other entries import",
    crisol: (copy) => replace("trainer/crisol_trainer/export/export_onnx.py", /$/, "\nmore = 1\n")(copy),
  },
  { name: "a Python package that other entries need", crisol: upgrade("onnxruntime") },
  { name: "a Python package that no entry needs", crisol: upgrade("pytest") },
  {
    name: "comments, docstrings and layout of the trainer",
    crisol: all(
      replace("trainer/crisol_trainer/training/train.py", '"""Train a model.', '"""Train any model.'),
      replace(
        "trainer/crisol_trainer/training/train.py",
        "    require_memory(",
        "    # there must be enough\n\n    require_memory(\n        ",
      ),
      replace("trainer/crisol_trainer/training/schedule.py", "import math", "import math  # for pi"),
    ),
  },
  {
    name: "the order of the trainer's imports",
    crisol: replace("trainer/crisol_trainer/training/train.py", /(from crisol_trainer.data.batches.*\n)((?:from.*\n)+)/, "$2$1"),
  },
  {
    name: "modules of the trainer in another folder, the entry among them",
    crisol: all(
      (copy) =>
        moveModules(copy, ["training.train", "training.schedule", "training.loss", "training.state.run_state", "data.batches"], "learning"),
      replace("schemas/trainer/entries.ts", '"crisol_trainer.training.train"', '"crisol_trainer.learning.train"'),
    ),
  },
];

const elsewhere: readonly Mutation[] = [
  { name: "another process, of a pipeline's file with a class and a stage in it" },
  {
    name: "path of the checkout",
    edit: (project) => {
      const moved = join(project, "..", `crisol-elsewhere-${Date.now()}`, "a b");
      mkdirSync(join(moved, ".."));
      renameSync(project, moved);
      return moved;
    },
  },
  {
    name: "path of the checkout, through a link",
    edit: (project) => {
      symlinkSync(project, `${project}-link`);
      return `${project}-link`;
    },
  },
  { name: "run name", run: "another-run" },
  { name: "path where crisol is installed", crisol: () => undefined },
  { name: "CPU count", under: ["taskset", "-c", "0"], env: { UV_THREADPOOL_SIZE: "1", GOMAXPROCS: "1" } },
  { name: "locale", env: { LC_ALL: "tr_TR.UTF-8", LANG: "tr_TR.UTF-8", LANGUAGE: "tr" } },
  { name: "time zone", env: { TZ: "Pacific/Apia" } },
  { name: "an environment variable", env: { NODE_ENV: "production", HOME: "/nowhere", USER: "nobody", FOO: "1", NO_COLOR: "1" } },
  { name: "umask", under: ["sh", "-c", 'umask 077; exec "$@"', "sh"] },
  { name: "the working directory", under: ["sh", "-c", 'cd /; exec "$@"', "sh"] },
  {
    name: "tests, documentation and compiled files of the trainer",
    crisol: (copy) => {
      write(copy, "trainer/README.md", "# more\n");
      write(copy, "trainer/tests/test_more.py", "def test_more():\n    pass\n");
      write(copy, "trainer/crisol_trainer/__pycache__/x.cpython-311.pyc", "x");
    },
  },
  ...ofTrainer,
  {
    name: "crisol's own language, where it builds graphs",
    crisol: all(replace("dsl/stage.ts", 'memory: "2 GiB"', 'memory: "3 GiB"'), replace("dsl/port.ts", /$/, "export const more = 1;\n")),
  },
  { name: "comments of crisol's own language", crisol: (copy) => replace("stage-code/filter-documents.ts", /^/, "// more\n")(copy) },
];

export const sameWork: readonly Mutation[] = [...ofStages, ...ofParameters, ...ofData, ...elsewhere];
