import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { expect, onTestFinished, test, vi } from "vitest";
import { endProcess, processesWith } from "./end-process.ts";
import { identityOf, livesHere } from "./process-identity.ts";

async function stubborn(...args: string[]) {
  const code = `process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["-e", code, ...args], { stdio: ["ignore", "pipe", "ignore"] });
  await once(child.stdout, "data");
  const identity = identityOf(child.pid ?? 0);
  if (identity === undefined) throw new Error("it has ended");
  return identity;
}

test("a process that ignores the request is killed after its grace period", async () => {
  const identity = await stubborn();
  const began = performance.now();
  await endProcess(identity, 300);
  expect(performance.now() - began).toBeGreaterThan(290);
  expect(livesHere(identity)).toBe(false);
});

test("a clock that is set back does not give a stubborn process more time", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const identity = await stubborn();
  setTimeout(() => vi.setSystemTime(0), 100);
  await endProcess(identity, 300);
  expect(livesHere(identity)).toBe(false);
});

test("a later process with a recorded id is left alone", async () => {
  const identity = await stubborn();
  await endProcess({ ...identity, started: identity.started - 1 }, 0);
  expect(livesHere(identity)).toBe(true);
  await endProcess(identity, 0);
});

test.runIf(process.platform === "linux")("finds a process by all of its arguments", async () => {
  const mark = randomUUID();
  const identity = await stubborn(mark, "--home", "/a/b c");
  expect(processesWith([mark, "/a/b c"])).toEqual([identity]);
  expect(processesWith([mark, "/a/b"])).toEqual([]);
  await endProcess(identity, 0);
  expect(processesWith([mark])).toEqual([]);
});

test("a process of another user, which can't be ended, is reported and not waited for", async () => {
  const identity = await stubborn();
  const kill = vi.spyOn(process, "kill").mockImplementation(() => {
    throw Object.assign(new Error("kill EPERM"), { code: "EPERM" });
  });
  await expect(endProcess(identity, 0)).rejects.toMatchObject({ parts: { code: "ENVIRONMENT", where: `process ${identity.pid}` } });
  kill.mockRestore();
  await endProcess(identity, 0);
});
