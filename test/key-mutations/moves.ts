/** Code that moves, to another file, folder or line, and means what it meant. */
import { mkdirSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { add, all, type Mutation, move, pipeline, replace } from "./mutation.ts";

const ofFiles: readonly Mutation[] = [
  {
    name: "a stage's module renamed",
    edit: all(
      move("stages/teach/run.ts", "stages/teach/lesson.ts"),
      replace("stages/definitions.ts", "./teach/run.ts", "./teach/lesson.ts"),
    ),
  },
  {
    name: "a stage's modules moved to another folder",
    edit: all(
      move("stages/first", "stages/deep/down/first"),
      replace("stages/definitions.ts", "./first/run.ts", "./deep/down/first/run.ts"),
      replace("stages/deep/down/first/shout.ts", "../shared/mark.ts", "../../../shared/mark.ts"),
    ),
  },
  {
    name: "a helper renamed",
    edit: all(move("stages/first/shout.ts", "stages/first/a.ts"), replace("stages/first/run.ts", "./shout.ts", "./a.ts")),
  },
  {
    name: "a helper of several stages moved",
    edit: all(
      move("stages/shared/length.ts", "lib/length.ts"),
      replace("stages/short.ts", "./shared/length.ts", "../lib/length.ts"),
      replace("stages/teach/run.ts", "../shared/length.ts", "../../lib/length.ts"),
    ),
  },
  {
    name: "an imported JSON file renamed",
    edit: all(
      move("stages/first/words.json", "stages/first/greetings.json"),
      replace("stages/first/run.ts", "./words.json", "./greetings.json"),
    ),
  },
  {
    name: "a module that is imported when it is needed, moved",
    edit: all(move("stages/shared/decorate.ts", "lib/stars.ts"), replace(pipeline, "../stages/shared/decorate.ts", "../lib/stars.ts")),
  },
  {
    name: "the file of a filter moved",
    edit: all(
      move("stages/short.ts", "stages/filters/brief.ts"),
      replace("stages/filters/brief.ts", "./shared/length.ts", "../shared/length.ts"),
      replace(pipeline, "../stages/short.ts", "../stages/filters/brief.ts"),
    ),
  },
  {
    name: "a command's stage moved with the files of its command",
    edit: all(
      move("stages/tag.ts", "stages/tags/tag.ts"),
      move("stages/tag.py", "stages/tags/tag.py"),
      move("stages/labels", "stages/tags/labels"),
      replace(pipeline, "../stages/tag.ts", "../stages/tags/tag.ts"),
    ),
  },
  {
    name: "modules that do something when they are loaded, renamed so that their names have another order",
    edit: all(
      move("stages/teach/alpha.ts", "stages/teach/zeta.ts"),
      replace("stages/teach/run.ts", "./alpha.ts", "./zeta.ts"),
      move("stages/teach/beta.ts", "stages/teach/b.ts"),
      replace("stages/teach/run.ts", "./beta.ts", "./b.ts"),
    ),
  },
  {
    name: "modules that do something when they are loaded, imported in another order",
    edit: replace("stages/teach/run.ts", /(import \{ steps.*\n)(import \{ levels.*\n)/, "$2$1"),
  },
  {
    name: "a project moved into a subfolder",
    edit: (project) => {
      const inner = join(project, "packages", "model");
      const moved = readdirSync(project).filter((name) => name !== "node_modules" && name !== "package-lock.json");
      mkdirSync(inner, { recursive: true });
      for (const name of moved) renameSync(join(project, name), join(inner, name));
      return inner;
    },
  },
];

const ofDeclarations: readonly Mutation[] = [
  {
    name: "a module split in two with the same declarations",
    edit: all(
      add(
        "stages/first/loud.ts",
        'import { mark } from "../shared/mark.ts";\nexport const shout = (text: string) => text.toUpperCase() + mark;\n',
      ),
      replace("stages/first/shout.ts", /export const shout.*\n/, 'export { shout } from "./loud.ts";\n'),
      replace("stages/first/shout.ts", "mark, unusedMark", "unusedMark"),
    ),
  },
  {
    name: "a function moved out of the stage's module",
    edit: all(
      add("stages/teach/start.ts", "export function start(): number {\n  return 1;\n}\n"),
      replace("stages/teach/run.ts", /\nfunction start[\s\S]*$/, ""),
      replace("stages/teach/run.ts", /^/, 'import { start } from "./start.ts";\n'),
    ),
  },
  {
    name: "two modules merged",
    edit: replace("stages/first/shout.ts", /^import.*\n/, 'const mark = "!";\nconst unusedMark = "?";\n'),
  },
  {
    name: "functions of a module in another order",
    edit: replace("stages/teach/run.ts", /(\/\*\* What is learnt[\s\S]*?\n\}\n)\n(function start[\s\S]*\n\}\n)/, "$2\n$1"),
  },
  {
    name: "a constant renamed",
    edit: all(
      replace("stages/shared/mark.ts", "const mark ", "const sign "),
      replace("stages/shared/mark.ts", /$/, "export { sign as mark };\n"),
      replace("stages/shared/mark.ts", "export const sign", "const sign"),
    ),
  },
  {
    name: "a parameter of a function renamed",
    edit: replace("stages/first/shout.ts", /\(text: string\) => text\.toUpperCase/, "(words: string) => words.toUpperCase"),
  },
  {
    name: "a variable inside of a function renamed",
    edit: replace("stages/first/run.ts", /const limit = 10;\n(.*), limit \};/, "const most = 10;\n$1, limit: most };"),
  },
  {
    name: "a name that another module has too, which the bundler distinguishes",
    edit: all(
      add("stages/teach/rates.ts", "const steps = 0.1;\nexport const rate = steps;\n"),
      replace("stages/teach/rates.ts", "const steps = 0.1;\nexport const rate = steps;", "const limit = 0.1;\nexport { limit as rate };"),
    ),
  },
];

export const moves: readonly Mutation[] = [...ofFiles, ...ofDeclarations];
