import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { takeSupervisorLock } from "./supervisor-lock.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "crisol-lock-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** A process that holds the lock until it is killed. */
async function holder(path: string): Promise<ChildProcess> {
  const module = JSON.stringify(join(import.meta.dirname, "supervisor-lock.ts"));
  const code = `import { takeSupervisorLock } from ${module};
    globalThis.lock = takeSupervisorLock(${JSON.stringify(path)});
    console.log(globalThis.lock === undefined ? "refused" : "held");
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  const said = await new Promise<string>((resolve) => child.stdout.once("data", (data: Buffer) => resolve(data.toString().trim())));
  expect(said).toBe("held");
  return child;
}

test("one process holds it, and a killed process releases it at once", async () => {
  const path = join(folder, "supervisor.lock");
  const child = await holder(path);
  expect(takeSupervisorLock(path)).toBeUndefined();
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
  using lock = takeSupervisorLock(path);
  expect(lock).toBeDefined();
});

test("a process that has released it can take it again", () => {
  const path = join(folder, "supervisor.lock");
  takeSupervisorLock(path)?.[Symbol.dispose]();
  using lock = takeSupervisorLock(path);
  expect(lock).toBeDefined();
});
