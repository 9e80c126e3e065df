import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, onTestFinished, test, vi } from "vitest";
import { markedProcesses, strike } from "./home-processes.ts";
import { watchStrays } from "./strays.ts";

/** Start a program with a mark; its process goes away with the test. */
async function marked(mark: string, command: string, ...args: string[]): Promise<number> {
  const child = spawn(command, args, { env: { ...process.env, CRISOL_CHAOS: mark }, stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child, "spawn");
  return child.pid ?? 0;
}

test.skipIf(process.platform !== "linux")("finds the processes with a mark and no others, and what they started", async () => {
  const mark = `one-${process.pid}`;
  const parent = await marked(mark, "sh", "-c", "sleep 60 & wait");
  await marked(`another-${process.pid}`, "sleep", "60");
  await vi.waitFor(() => expect(markedProcesses(mark)).toHaveLength(2), 5_000);
  const [child] = markedProcesses(mark).filter(({ pid }) => pid !== parent);
  expect(child).toMatchObject({ parent, role: "other", command: "sleep 60" });
  expect(strike(mark, "host")).toEqual([]);
  expect(strike(mark, "everything").toSorted()).toEqual([parent, child?.pid ?? 0].toSorted());
  await vi.waitFor(() => expect(markedProcesses(mark)).toEqual([]), 5_000);
});

test.skipIf(process.platform !== "linux")("reports a process that keeps running long after its parent has gone, and no other", async () => {
  const mark = `strays-${process.pid}`;
  const end = watchStrays(mark, 50);
  const parent = await marked(mark, "sh", "-c", "sleep 60 & wait");
  onTestFinished(() => void strike(mark, "everything"));
  await vi.waitFor(() => expect(markedProcesses(mark)).toHaveLength(2), 5_000);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  process.kill(parent, "SIGKILL");
  const [orphan] = markedProcesses(mark).filter(({ pid }) => pid !== parent);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(end()).toMatchObject([{ pid: orphan?.pid, command: "sleep 60" }]);
});
