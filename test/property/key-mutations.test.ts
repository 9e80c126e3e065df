/** What makes a stage run again, and what must not: one edit of a small project each, between one process that plans it and another. */
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { crisolFolder } from "../../system/package-folder.ts";
import { moves } from "../key-mutations/moves.ts";
import { mustRun } from "../key-mutations/must-run.ts";
import type { Mutation, RunsAgain } from "../key-mutations/mutation.ts";
import { sameCode } from "../key-mutations/same-code.ts";
import { sameWork } from "../key-mutations/same-work.ts";
import { smallProject } from "../small-project.ts";

/** The stages that read a stage's output, directly or through others. */
const readers: { readonly [stage: string]: readonly string[] } = {
  first: ["second", "third", "short", "tag", "teach"],
  second: ["short", "tag", "teach"],
  next: ["short", "tag", "teach"],
  third: ["teach"],
  short: ["tag", "teach"],
  tag: ["teach"],
  teach: [],
};

/** Stages that are not cached, those that ran, and the reasons. */
const Answer = z.object({ open: z.array(z.string()), ran: z.array(z.string()), why: z.record(z.string(), z.string()) });
type Answer = z.output<typeof Answer>;

let root: string;
const answers = new Map<Mutation, Answer>();
const mustNotRun = [...sameCode, ...sameWork, ...moves];

/** Ask a new process; `crisol` is the folder with its code. */
async function plans(questions: readonly object[], { crisol = crisolFolder, env, under = [] }: Process = {}): Promise<Answer[]> {
  const [program = "", ...args] = [...under, process.execPath, join(crisol, "test/fixtures/plan-project.ts")];
  const environment = { ...process.env, NODE_COMPILE_CACHE: join(root, "compiled"), ...env };
  const { stdout } = await promisify(execFile)(program, [...args, JSON.stringify(questions)], { env: environment, maxBuffer: 2 ** 26 });
  return z.array(Answer).parse(JSON.parse(stdout));
}

interface Process {
  readonly crisol?: string;
  readonly env?: Mutation["env"] | undefined;
  readonly under?: Mutation["under"] | undefined;
}

/** A copy of crisol to change: `node_modules` is a link. */
function copyOfCrisol(): string {
  const copy = mkdtempSync(join(root, "crisol "));
  for (const name of [
    "cli",
    "dsl",
    "engine",
    "planner",
    "schemas",
    "stage-code",
    "store",
    "system",
    "test/fixtures",
    "trainer",
    "package.json",
  ]) {
    cpSync(join(crisolFolder, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(crisolFolder, "node_modules"), join(copy, "node_modules"));
  return copy;
}

function useCrisol(project: string, crisol: string): void {
  const link = join(project, "node_modules/crisol");
  rmSync(link, { force: true });
  symlinkSync(crisol, link);
}

/** Copies of a project whose stages all ran, one for each mutation. */
async function copies(): Promise<Map<Mutation, string>> {
  const original = smallProject();
  useCrisol(original, crisolFolder);
  const [first] = await plans([{ project: original }]);
  expect(first?.ran, JSON.stringify(first?.why)).toEqual(["first", "second", "third", "short", "tag", "teach"]);
  const projects = [...mustRun, ...mustNotRun].map((mutation, index): [Mutation, string] => {
    const project = join(root, String(index), "small");
    cpSync(original, project, { recursive: true, verbatimSymlinks: true });
    return [mutation, project];
  });
  rmSync(original, { recursive: true, force: true });
  return new Map(projects);
}

/** Change a project; what is asked of it then. What must not run is planned without a cache, so that everything is looked at. */
function changed(mutation: Mutation, folder: string): { readonly project: string } {
  const { edit, set, run } = mutation;
  const edited = edit?.(folder);
  const options = { set, run, cache: "runs" in mutation ? "packages.json" : "none.json" };
  return { project: typeof edited === "string" ? edited : folder, ...options };
}

/** Ask a process of its own, in other surroundings, or of a changed copy of crisol. */
async function plansElsewhere({ crisol, env, under }: Mutation, question: { readonly project: string }): Promise<Answer[]> {
  if (crisol === undefined) return plans([question], { env, under });
  const copy = copyOfCrisol();
  crisol(copy);
  useCrisol(question.project, copy);
  return plans([question], { crisol: copy, env, under });
}

beforeAll(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "crisol-mutations-")));
  const projects = await copies();
  // what must run is planned before and after with a cache of code packages, so that a stale one would show; files must be old enough for it
  await setTimeout(80);
  const before = await plans(mustRun.map((mutation) => ({ project: projects.get(mutation) })));
  expect(before.filter(({ open, why }) => open.length > 0 || "error" in why)).toEqual([]);

  const questions = [...projects].map(([mutation, folder]) => ({ mutation, question: changed(mutation, folder) }));
  const isPlain = ({ mutation: { crisol, env, under } }: (typeof questions)[number]) =>
    crisol === undefined && env === undefined && under === undefined;
  const plain = questions.filter(isPlain);
  const keep = (asked: typeof questions, reported: readonly Answer[]) => {
    for (const [index, { mutation }] of asked.entries()) answers.set(mutation, reported[index] ?? { open: [], ran: [], why: {} });
  };
  const together = plans(plain.map(({ question }) => question)).then((reported) => keep(plain, reported));
  for (const one of questions.filter((each) => !isPlain(each))) keep([one], await plansElsewhere(one.mutation, one.question));
  await together;
}, 300_000);
afterAll(() => rmSync(root, { recursive: true, force: true }), 60_000);

function check(mutation: Mutation & Partial<RunsAgain>): void {
  const { open = [], ran, why } = answers.get(mutation) ?? {};
  const { runs = [] } = mutation;
  const waiting = new Set(runs.flatMap((stage) => [stage, ...(readers[stage] ?? [])]));
  expect({ open: open.toSorted(), ran, failed: why?.error }, JSON.stringify(why)).toEqual({ open: [...waiting].sort(), ran: runs });
}

describe("runs again, and nothing else does", () => {
  test.each(mustRun)("$name: $runs", check);
});

describe("runs nothing again", () => {
  test.each(mustNotRun)("$name", check);
});
