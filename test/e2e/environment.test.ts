import { chmod, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { pipelineFile, stagesFile } from "./engine-stages.ts";
import { servicesOf } from "./processes.ts";
import { type Ended, makeProject, type Project } from "./project.ts";

let project: Project;

beforeAll(async () => {
  project = await makeProject({ "pipelines/arithmetic.ts": pipelineFile, "stages/arithmetic.ts": stagesFile, "data/a.txt": "1 2 3\n" });
});
afterAll(() => project.remove());

/** The four parts that every error must have, on standard error. */
function expectError(ended: Ended, exit: number, code: string, ...words: readonly (string | RegExp)[]): void {
  expect([ended.code, ended.stderr]).toEqual([exit, expect.stringContaining(`✖ ${code}`)]);
  for (const part of ["where", "why", "fix"]) expect(ended.stderr).toMatch(new RegExp(`^ +${part} +\\S`, "m"));
  for (const word of words) expect(ended.stderr).toMatch(word);
  expect(ended.stderr).not.toMatch(/\n +at .*\.ts:\d+/);
}

it.each([
  [["frobnicate"], "COMMAND_INVALID", /unknown command 'frobnicate'/],
  [["run"], "COMMAND_INVALID", /missing required argument/],
  [["run", "arithmetic", "--fast"], "COMMAND_INVALID", /unknown option '--fast'/],
  [["run", "nothing"], "NOT_FOUND", /no pipeline 'nothing'/],
  [["run", "arithmetic", "--set", "how"], "COMMAND_INVALID", /--set how is no assignment/],
  [["run", "arithmetic", "--set", "how=badly"], "PIPELINE_INVALID", /how/],
  [["run", "arithmetic", "--set", "speed=2"], "PIPELINE_INVALID", /speed/],
  [["status", "nothing"], "NOT_FOUND", /run/],
  [["generate", "nothing", "--max-tokens", "many"], "COMMAND_INVALID", /whole number/],
  [["verify", "nothing"], "NOT_FOUND", /nothing/],
])("crisol %j ends with 2 and says why", async (args, code, words) => {
  expectError(await project.crisol(...args), 2, code, words);
});

it("names the line of a pipeline that throws", async () => {
  await project.write({ "pipelines/throws.ts": 'throw new Error("not today");\n' });
  expectError(await project.crisol("run", "throws"), 2, "PIPELINE_INVALID", /not today/, /pipelines\/throws\.ts:1/);
});

it("says which pattern matches no file", async () => {
  await project.write({ "pipelines/empty.ts": pipelineFile.replace("data/*.txt", "dta/*.txt").replace('"arithmetic"', '"empty"') });
  expectError(await project.crisol("run", "empty"), 2, "SOURCE_EMPTY", /dta\/\*\.txt/, /did you mean .*data\/\*\.txt/);
});

it("cannot reach a server at a wrong address", async () => {
  await project.write({ "temporal.config.ts": 'export default { address: "127.0.0.1:9" };\n' });
  expectError(
    await project.crisol("run", "arithmetic", "--home", join(project.folder, "elsewhere")),
    3,
    "SERVER_UNREACHABLE",
    /127\.0\.0\.1:9/,
  );
  await project.write({ "temporal.config.ts": "export default { addres: 1 };\n" });
  expectError(await project.crisol("run", "arithmetic"), 2, "CONFIG_INVALID", /addres/);
  await rm(join(project.folder, "temporal.config.ts"));
});

it("says that the configured port is taken", async () => {
  const squatter = await new Promise<Server>((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => resolve(server));
  });
  const { port } = squatter.address() as { port: number };
  await project.write({ "temporal.config.ts": `export default { port: ${port} };\n` });
  expectError(await project.crisol("up", "--home", join(project.folder, "squatted")), 3, "PORT_TAKEN", new RegExp(String(port)));
  squatter.close();
  await rm(join(project.folder, "temporal.config.ts"));
});

it("says in doctor that Python is missing, and how to fix it", async () => {
  const python = join(project.folder, "no-python");
  const { stdout } = await project.crisol("doctor", "--json");
  expect(JSON.parse(stdout)).toMatchObject({ checks: expect.arrayContaining([expect.objectContaining({ name: "python", ok: true })]) });
  const without = await project.with({ CRISOL_PYTHON: python }, "doctor");
  expect([without.code, without.stdout]).toEqual([3, expect.stringMatching(/FAIL.*python[\s\S]*fix/i)]);
});

it("restarts what died: the second command finds no server and brings it back", async () => {
  expect((await project.json("run", "arithmetic")).code).toBe(0);
  const { supervisor, server, worker } = await servicesOf(project.home);
  for (const id of [supervisor, server, worker]) process.kill(id, "SIGKILL");
  expect((await project.json("run", "arithmetic")).values.at(-1)).toMatchObject({ status: "unchanged" });
});

it.runIf(process.getuid?.() === 0)(
  "cannot write to a home on a read-only or full file system, and leaves nothing half-written",
  async () => {
    const { execFileSync } = await import("node:child_process");
    const disk = join(project.folder, "disk");
    await mkdir(disk);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], { stdio: "ignore" });
    } catch {
      // a sandbox without mounts: the file system can't be created
      return;
    }
    try {
      await writeFile(join(disk, "filler"), Buffer.alloc(250 * 1024)).catch(() => undefined);
      expectError(await project.crisol("run", "arithmetic", "--home", join(disk, "home")), 3, "STORE_FULL", /space/);
      execFileSync("mount", ["-o", "remount,ro", disk]);
      expectError(await project.crisol("run", "arithmetic", "--home", join(disk, "home")), 3, "STORE_UNWRITABLE", /home/);
    } finally {
      execFileSync("umount", ["-l", disk]);
    }
  },
);

it("says that a file can't be a home", async () => {
  await writeFile(join(project.folder, "file"), "");
  const ended = await project.crisol("run", "arithmetic", "--home", join(project.folder, "file"));
  expect(ended.stderr).toMatch(/✖ [A-Z_]+/);
  expect([2, 3]).toContain(ended.code);
  await chmod(join(project.folder, "file"), 0o600);
  expect(await readdir(project.folder)).toContain("file");
});
