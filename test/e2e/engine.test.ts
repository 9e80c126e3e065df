import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pipelineFile, stagesFile } from "./engine-stages.ts";
import { checkHistories } from "./histories.ts";
import { makeProject, type Project } from "./project.ts";

let project: Project;

beforeAll(async () => {
  project = await makeProject({ "pipelines/arithmetic.ts": pipelineFile, "stages/arithmetic.ts": stagesFile, "data/a.txt": "1 2 3\n" });
});
afterAll(() => project.remove());

interface Value {
  readonly [name: string]: unknown;
}

const run = (...args: string[]) => project.json("run", "arithmetic", ...args);
const last = (values: readonly Value[]) => values.at(-1) as { runId: string; status: string; outputs: Record<string, { digest: string }> };
const ran = (values: readonly Value[]) =>
  values.filter((value) => value.type === "stage" && value.status === "done" && value.cached === false).map((value) => value.name);

function inStore(digest: string): string {
  return join(project.home, "store", "blobs", digest.slice(0, 2), digest);
}

describe("a run", () => {
  it("is blocked by a stage that throws, and continues with the fixed code: only what the change touches runs", async () => {
    const blocked = await run("--set", "how=throws");
    expect(blocked.code).toBe(1);
    expect(last(blocked.values)).toMatchObject({ status: "blocked" });
    const status = await project.json("status");
    const failed = (status.values[0] as { stages: { name: string; error: { what: string; code: string } | null }[] }).stages.find(
      ({ name }) => name === "square",
    );
    expect(failed?.error).toMatchObject({ code: "STAGE_FAILED" });
    expect(failed?.error?.what).toContain("no square today");

    await project.write({ "stages/arithmetic.ts": stagesFile.replace('if (how === "throws") throw', 'if (how === "never") throw') });
    const resumed = await project.json("resume");
    expect(resumed.code).toBe(0);
    expect(last(resumed.values)).toMatchObject({ status: "completed", runId: last(blocked.values).runId });
    expect(ran(resumed.values).toSorted()).toEqual(["square", "squareAgain", "sum"]);
    // the change is reported, kept with the run, and part of the lineage of its results
    const amended = resumed.values.find(({ type }) => type === "amended") as { nodes: { name: string; change: string; why: string }[] };
    expect(amended.nodes.map(({ name, change }) => `${name} ${change}`)).toEqual(["square changed", "squareAgain changed"]);
    expect(amended.nodes[0]?.why).toContain("stages/arithmetic.ts");
    const { plans, stages } = (await project.json("status")).values[0] as { plans: { why: string }[]; stages: Value[] };
    // what the run computed before the fix does not count as cached
    expect(stages.find(({ name }) => name === "numbers")).toMatchObject({ cached: false, attempts: 1, seconds: expect.any(Number) });
    expect(plans.map(({ why }) => why)).toEqual(["started", expect.stringContaining("square changed (code: stages/arithmetic.ts")]);
    expect((await project.crisol("lineage", "arithmetic/report")).stdout).toContain("was amended at");
    await project.write({ "stages/arithmetic.ts": stagesFile });
  });

  it("retries when a host dies, and says so", async () => {
    const crashed = await run("--set", "how=crashes-once", "--set", `flag=${join(project.folder, "crashed")}`);
    expect(crashed.code).toBe(0);
    expect(crashed.values.filter((value) => value.type === "attemptFailed")).toMatchObject([
      { name: "square", retry: true, error: { code: "HOST_CRASHED" } },
    ]);
  });

  it("reports a stage that uses up its memory as that stage's error, and one that writes nothing", async () => {
    for (const [how, code, words] of [
      ["leaks", "OUT_OF_MEMORY", "heap of 128 MiB"],
      ["writes-nothing", "STAGE_FAILED", "without writing 'numbers'"],
    ] as const) {
      const { code: exit, values } = await run("--set", `how=${how}`);
      expect(exit).toBe(1);
      const { errors } = values.at(-1) as unknown as { errors: { name: string; code: string; what: string; fix: string }[] };
      expect(errors).toMatchObject([{ name: "square", code }]);
      expect(errors[0]?.what).toContain(words);
    }
  });

  it("is cancelled while a stage is at work, and says so", async () => {
    const started = await run("--set", "how=waits", "--detach");
    const { runId } = last(started.values);
    await expect
      .poll(async () => JSON.stringify((await project.json("status", runId)).values), { timeout: 20_000 })
      .toContain('"square","status":"running"');
    const canceled = await project.json("cancel", runId);
    expect(canceled.code).toBe(0);
    expect(last(canceled.values)).toMatchObject({ status: "canceled", runId });
  });

  it("is no longer followed when its services are stopped, says how to continue, and continues", async () => {
    const following = project.crisol("run", "arithmetic", "--set", "how=waits", "--set", "flag=followed");
    await expect
      .poll(async () => JSON.stringify((await project.json("status")).values), { timeout: 20_000 })
      .toContain('"square","status":"running"');
    const { runId } = (await project.json("status")).values[0] as unknown as { runId: string };
    await project.crisol("down");
    const ended = await following;
    expect([ended.code, ended.stderr]).toEqual([3, expect.stringContaining(`crisol resume ${runId}`)]);
    expect((await project.crisol("status", runId)).stdout).toContain("nothing is working on it");
    await project.json("up");
    expect((await project.json("cancel", runId)).code).toBe(0);
  });

  it("finds a flipped bit in the store and recreates the artifact from its key", async () => {
    const before = last((await run()).values);
    const { values } = await project.json("status", before.runId);
    const { outputs } = values[0] as { outputs: { report: { digest: string } } };
    const manifest = JSON.parse(await readFile(inStore(outputs.report.digest), "utf8")) as { files: { sha256: string }[] };
    const blob = inStore(manifest.files[0]?.sha256 ?? "");
    await sleep(20);
    await chmod(blob, 0o644);
    const bytes = await readFile(blob);
    bytes[3] = (bytes[3] ?? 0) ^ 1;
    await writeFile(blob, bytes);

    const after = await run();
    expect(after.code).toBe(0);
    expect(ran(after.values)).toEqual(["sum"]);
    expect(last(after.values).outputs).toEqual(before.outputs);
    expect((await project.crisol("status")).stdout).toContain("damaged");
  });

  it("runs side by side with another of the same pipeline", async () => {
    await project.write({ "data/a.txt": "4 5 6\n" });
    const [one, two] = await Promise.all([run("--relock"), run("--relock")]);
    expect([one.code, two.code]).toEqual([0, 0]);
    expect(last(one.values).outputs).toEqual(last(two.values).outputs);
  });

  it("leaves no long history, and nothing large but the plan in any", async () => {
    await checkHistories(project);
  });
});
