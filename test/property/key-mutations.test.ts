/** What makes a stage run again, and what must not: one edit of a small project each, between one process that plans it and another. */
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { crisolFolder } from "../../planner/folders.ts";
import { mustRun } from "../key-mutations/must-run.ts";
import type { Mutation, RunsAgain } from "../key-mutations/mutation.ts";
import { sameCode } from "../key-mutations/same-code.ts";
import { sameWork } from "../key-mutations/same-work.ts";
import { smallProject } from "../small-project.ts";

/** Who reads what a stage makes, at once or through others. */
const readers: { readonly [stage: string]: readonly string[] } = {
  first: ["second", "third", "short", "tag", "teach"],
  second: ["short", "tag", "teach"],
  next: ["short", "tag", "teach"],
  third: ["teach"],
  short: ["tag", "teach"],
  tag: ["teach"],
  teach: [],
};

const Answer = z.object({ open: z.array(z.string()), ran: z.array(z.string()), why: z.record(z.string(), z.string()) });

let root: string;
const projects = new Map<Mutation, string>();
const mutations = [...mustRun, ...sameCode, ...sameWork];

async function plans(
  question: object,
  how: { readonly crisol?: string | undefined; readonly env?: Mutation["env"] | undefined; readonly under?: Mutation["under"] | undefined },
) {
  const [program = "", ...args] = [
    ...(how.under ?? []),
    process.execPath,
    join(how.crisol ?? crisolFolder, "test/fixtures/plan-project.ts"),
  ];
  const env = { ...process.env, NODE_COMPILE_CACHE: join(root, "compiled"), ...how.env };
  const { stdout } = await promisify(execFile)(program, [...args, JSON.stringify(question)], { env, maxBuffer: 2 ** 26 });
  return z.array(Answer).parse(JSON.parse(stdout));
}

/** A copy of crisol to change: `node_modules` is a link. */
function copyOfCrisol(): string {
  const copy = mkdtempSync(join(root, "crisol "));
  for (const name of ["package.json", "schemas", "dsl", "planner", "store", "cli", "activities", "trainer", "test"]) {
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

beforeAll(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "crisol-mutations-")));
  const original = smallProject();
  try {
    useCrisol(original, crisolFolder);
    const [first] = await plans({ projects: [original] }, {});
    expect(first?.ran).toEqual(["first", "second", "third", "short", "tag", "teach"]);
    for (const [index, mutation] of mutations.entries()) {
      const project = join(root, String(index), "small");
      cpSync(original, project, { recursive: true, verbatimSymlinks: true });
      projects.set(mutation, project);
    }
  } finally {
    rmSync(original, { recursive: true, force: true });
  }
  // files must be old enough for the cache of packages to trust their times
  await setTimeout(80);
  const copies = await plans({ projects: mustRun.flatMap((mutation) => projects.get(mutation) ?? []) }, {});
  expect(copies.filter(({ open }) => open.length > 0)).toEqual([]);
}, 120_000);
afterAll(() => rmSync(root, { recursive: true, force: true }), 60_000);

/** Change the world, plan in a new process, and compare what would run; `cache`: the file in which it remembers code packages. */
const check = (cache: string) => async (mutation: Mutation & Partial<RunsAgain>) => {
  const { edit, crisol, set, run, env, under, runs = [] } = mutation;
  let project = projects.get(mutation) ?? "";
  const copy = crisol === undefined ? undefined : copyOfCrisol();
  try {
    const edited = edit?.(project);
    if (typeof edited === "string") project = edited;
    if (copy !== undefined) {
      crisol?.(copy);
      useCrisol(project, copy);
    }
    const [answer] = await plans({ projects: [project], set, run, cache }, { env, under, crisol: copy });
    const open = new Set(runs.flatMap((stage) => [stage, ...(readers[stage] ?? [])]));
    expect({ open: answer?.open.toSorted(), ran: answer?.ran }, JSON.stringify(answer?.why)).toEqual({ open: [...open].sort(), ran: runs });
  } finally {
    for (const folder of [project, copy ?? project]) rmSync(folder, { recursive: true, force: true });
  }
};

describe("runs again, and nothing else does", () => {
  // with the cache of the first planning, so that a stale package would show
  test.concurrent.each(mustRun)("$name: $runs", check("packages.json"));
});

describe("runs nothing again", () => {
  // without, so that everything is looked at
  test.concurrent.each([...sameCode, ...sameWork])("$name", check("none.json"));
});
