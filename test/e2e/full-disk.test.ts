/** A store on a disk that fills up, or becomes read-only, during a run: it is reported, nothing is half-written, and the run continues once there is room. */
import { execFileSync } from "node:child_process";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openStore } from "../../store/store.ts";
import { verifyStore } from "../../store/verify/verify-store.ts";
import { makeProject, type Project } from "./project.ts";

const stages = `
import { existsSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { defineStage, output, port, z } from "crisol";

export const large = defineStage(import.meta, {
  name: "large",
  inputs: { from: port("files") },
  outputs: { report: output("report") },
  params: z.strictObject({ megabytes: z.int(), waitsFor: z.string() }),
  resources: { attempts: 2 },
  async run(context, { megabytes, waitsFor }) {
    context.log("info", "began");
    while (waitsFor !== "" && !existsSync(waitsFor)) await setTimeout(50, undefined, { signal: context.signal });
    for (let file = 0; file < megabytes; file += 1) await context.outputs.report.write(file + ".bin", Buffer.alloc(1 << 20, file));
    return {};
  },
});
`;

const pipeline = `
import { definePipeline, files, z } from "crisol";
import { large } from "../stages/large.ts";

export default definePipeline({
  name: "large",
  params: z.object({ megabytes: z.int().default(16), waitsFor: z.string().default("") }),
  build: ({ megabytes, waitsFor }) => ({ report: large(files("data/*.txt"), { megabytes, waitsFor }) }),
});
`;

/** Whether this user may mount file systems. */
function mayMount(): boolean {
  try {
    execFileSync("unshare", ["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], { stdio: "ignore" });
    return process.getuid?.() === 0;
  } catch {
    return false;
  }
}

let project: Project;
let disk: string;
const mount = (options: string) => execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", disk], { stdio: "ignore" });

beforeEach(async () => {
  project = await makeProject({ "data/a.txt": "1\n", "stages/large.ts": stages, "pipelines/large.ts": pipeline });
  disk = join(project.home, "store");
  await mkdir(disk, { recursive: true });
});
afterEach(async () => {
  await project.crisol("down");
  try {
    execFileSync("umount", ["-l", disk], { stdio: "ignore" });
  } catch {
    // not mounted
  }
  await project.remove();
});

it.runIf(mayMount())(
  "a stage whose output does not fit blocks its run, leaves nothing half-written, and continues when there is room",
  async () => {
    mount("size=12m");
    const full = await project.json("run", "large");
    expect(full.code).toBe(1);
    expect(full.values.at(-1)).toMatchObject({ status: "blocked", errors: [{ name: "large", code: "STORE_FULL" }] });
    expect(full.values.filter(({ type }) => type === "attemptFailed")).toHaveLength(2);
    expect(await readdir(join(disk, "tmp"))).toEqual([]);
    mount("remount,size=64m");
    expect((await project.json("resume")).values.at(-1)).toMatchObject({ status: "completed" });
    await project.crisol("down");
    expect((await verifyStore(await openStore({ directory: disk }))).problems).toEqual([]);
  },
);

it.runIf(mayMount()).each(["full", "read-only"] as const)("a disk that is %s for a while only delays a run", async (how) => {
  mount("size=32m");
  const waitsFor = join(project.folder, "go");
  const { values } = await project.json("run", "large", "--detach", "--set", "megabytes=4", "--set", `waitsFor=${waitsFor}`);
  const runId = String(values[0]?.runId);
  await expect.poll(async () => (await project.crisol("logs", runId)).stdout, { timeout: 60_000 }).toContain("began");
  const filler = join(disk, "filler");
  if (how === "full") await writeFile(filler, Buffer.alloc(40 << 20)).catch(() => undefined);
  else mount("remount,ro");
  await writeFile(waitsFor, "");
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  if (how === "full") await rm(filler);
  else mount("remount,rw");
  const watched = await project.json("watch", runId);
  const ended = watched.values.at(-1)?.status === "blocked" ? await project.json("resume", runId) : watched;
  expect(ended.values.at(-1)).toMatchObject({ status: "completed" });
  await project.crisol("down");
  expect((await verifyStore(await openStore({ directory: disk }))).problems).toEqual([]);
});
