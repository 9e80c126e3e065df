/** Altered workflow code must not pass for the code that produced a history: each alteration is noticed by the histories it affects. */
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { History } from "@temporalio/common/lib/proto-utils.js";
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker, type WorkflowBundleWithSourceMap } from "@temporalio/worker";
import { afterAll, beforeAll, expect, it } from "vitest";
import { breakOf } from "../../engine/worker/versions/replay-break.ts";
import { historyNames, historyOf } from "./histories.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

interface Alteration {
  readonly what: string;
  /** In workflows/. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** Histories that must not replay. */
  readonly breaks: readonly string[];
}

const alterations: readonly Alteration[] = [
  {
    what: "batches in another order",
    file: "batches.ts",
    from: "...withFollowers(state, queue, shared)]",
    to: "...withFollowers(state, queue, shared).reverse()]",
    breaks: ["two-roots"],
  },
  {
    what: "smaller batches",
    file: "batches.ts",
    from: "LARGEST_BATCH = 64",
    to: "LARGEST_BATCH = 8",
    breaks: ["chain", "independent"],
  },
  {
    what: "another type of activity",
    file: "batches-under-way.ts",
    from: "resource, stage, summary",
    to: 'resource, stage: "another", summary',
    breaks: ["two-roots", "fan-out", "worker-killed"],
  },
  {
    what: "a timer more",
    file: "run-effects.ts",
    from: "    this.#run.lookUp();",
    to: '    await condition(() => false, "1 ms");\n    this.#run.lookUp();',
    breaks: ["chain", "cached-2", "continued-2"],
  },
  {
    what: "a turn that is not reported to the journal",
    file: "run-journal.ts",
    from: "    await journal(error === undefined ? turn : { ...turn, error });",
    to: "",
    breaks: ["chain", "cached-2", "blocked-still", "cancelled", "paused-resumed"],
  },
  {
    what: "a turn that is not reported to the server",
    file: "run-journal.ts",
    from: "    if (!continued) this.#reportToServer();",
    to: "",
    breaks: ["chain", "cached-2", "fan-out"],
  },
  {
    what: "nodes that a batch gives back are ignored",
    file: "batches-under-way.ts",
    from: "    const released = nodes.filter((name) => mine.delete(name));",
    to: "    const released: string[] = [];",
    breaks: ["released", "shared-1"],
  },
  {
    what: "results that a batch has so far are ignored",
    file: "batches-under-way.ts",
    from: "    this.#succeed(made, mine);",
    to: "",
    breaks: ["released", "shared-1"],
  },
  {
    what: "damage that is not repaired",
    file: "interpreter.ts",
    from: "const REPAIRS = 3;",
    to: "const REPAIRS = 0;",
    breaks: ["damaged-repaired"],
  },
  {
    what: "a resume that retries nothing",
    file: "run-effects.ts",
    from: "        this.#run.state = retry(this.#run.state);",
    to: "",
    breaks: ["blocked-retried", "continued-failed-2", "fan-out-failed"],
  },
  {
    what: "a resume that forgets the plan it was given",
    file: "run-phase.ts",
    from: "if (resume.plan !== undefined) return {",
    to: "if (resume.plan === null) return {",
    breaks: ["blocked-amended", "blocked-resumed-from"],
  },
  {
    what: "a pause that cancels nothing",
    file: "run-phase.ts",
    from: 'return event.request.when === "now"',
    to: "return false",
    breaks: ["paused-resumed", "paused-cancelled", "fan-out-paused", "continued-paused-1"],
  },
  {
    what: "a pause that always cancels",
    file: "run-phase.ts",
    from: 'return event.request.when === "now"',
    to: "return true",
    breaks: ["paused-after-stages"],
  },
  {
    what: "a cancellation that is not reported to the journal",
    file: "run-phase.ts",
    from: 'return { name: "ending", status: "canceled" }',
    to: 'return { name: "ended", status: "canceled" }',
    breaks: ["cancelled", "blocked-cancelled", "paused-cancelled", "fan-out-cancelled"],
  },
  {
    what: "a rejection that completes the run",
    file: "run-plan.ts",
    from: "if (effects.rejected)",
    to: 'if (effects.rejected && status === "completed")',
    breaks: ["rejected"],
  },
  {
    what: "histories that are never continued",
    file: "run-phase.ts",
    from: 'history !== "short"',
    to: "history === undefined",
    breaks: ["continued-1", "continued-paused-1", "continued-failed-1"],
  },
  {
    what: "a failure that is carried over but ignored",
    file: "interpreter.ts",
    from: "new Set(carried?.failed)",
    to: "new Set<string>()",
    breaks: ["continued-failed-2"],
  },
  {
    what: "shards that are never continued in a new history",
    file: "run-shards.ts",
    from: "workflowInfo().historyLength <= longestHistory",
    to: "workflowInfo().historyLength > 0",
    breaks: ["fan-out-continued-shards-1"],
  },
  {
    what: "shards under another workflow's id",
    file: "fan-out.ts",
    from: "workflowId: ",
    to: 'workflowId: "another/" + ',
    breaks: ["fan-out", "fan-out-failed"],
  },
  {
    what: "more shards in one activity",
    file: "shard-ranges.ts",
    from: "SPREAD_OVER = 32",
    to: "SPREAD_OVER = 2",
    breaks: ["fan-out-shards", "fan-out-cancelled-shards"],
  },
];

let folder: string;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger("ERROR"), telemetryOptions: { logging: { filter: "OFF" } } });
  folder = await mkdtemp(join(tmpdir(), "crisol-altered-"));
  for (const name of ["workflows", "schemas", "package.json", "tsconfig.json"])
    await cp(join(root, name), join(folder, name), { recursive: true });
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function bundle(): Promise<WorkflowBundleWithSourceMap> {
  return bundleWorkflowCode({ workflowsPath: join(folder, "workflows", "index.ts"), logger: new DefaultLogger("ERROR") });
}

/** Bundle the copy with one alteration, and undo it. */
async function bundleAltered({ file, from, to }: Alteration): Promise<WorkflowBundleWithSourceMap> {
  const path = join(folder, "workflows", file);
  const text = await readFile(path, "utf8");
  expect(text).toContain(from);
  await writeFile(
    path,
    text.replace(from, () => to),
  );
  try {
    return await bundle();
  } finally {
    await writeFile(path, text);
  }
}

/** Why a history does not replay, by its name, for those that don't. */
async function broken(workflowBundle: WorkflowBundleWithSourceMap): Promise<Map<string, Error>> {
  async function* histories() {
    for (const name of await historyNames()) yield { workflowId: name, history: await historyOf(name) };
  }
  const found = new Map<string, Error>();
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, histories()))
    if (error) found.set(workflowId, error);
  return found;
}

it("replays everything on an unaltered copy", async () => {
  expect([...(await broken(await bundle())).keys()]).toEqual([]);
});

it.each(alterations)("notices $what, and where", async (alteration) => {
  const workflowBundle = await bundleAltered(alteration);
  const errors = await broken(workflowBundle);
  expect([...errors.keys()]).toEqual(expect.arrayContaining([...alteration.breaks]));
  const replays = (history: History) =>
    Worker.runReplayHistory({ workflowBundle }, history).then(
      () => true,
      () => false,
    );
  for (const name of alteration.breaks) {
    const error = errors.get(name) ?? expect.unreachable();
    // not an error of the altered code itself
    expect(error.message).toMatch(/Nondeterminism error|Fatal error in workflow machines/);
    const place = await breakOf(error, await historyOf(name), replays);
    expect(place).toMatch(/^events? \d+( to \d+)? of \d+(, [a-z ]+( \(\S+\))?)?: \S/);
  }
});
