/** Workers that may no longer poll: the SDK tries for a minute before it gives up such a worker. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { temporalStandIn } from "../fixtures/temporal-stand-in.ts";
import { temporaryFolder } from "../fixtures/temporary-store.ts";

const root = join(import.meta.dirname, "..", "..");
/** gRPC status code. */
const PERMISSION_DENIED = 7;
/** Milliseconds that a poll waits for a task. */
const POLL_TAKES_MS = 5_000;

test.concurrent.each([
  ["engine/worker/worker-main.ts", []],
  ["cli/main.ts", ["worker"]],
])("a worker that may no longer poll one of its queues polls none, says so in four parts and ends: %s", async (file, args) => {
  const { address } = await temporalStandIn(async (method, _, message) => {
    if (method === "PollActivityTaskQueue" && message.includes("-gpu")) return PERMISSION_DENIED;
    if (method.startsWith("Poll")) await sleep(POLL_TAKES_MS);
    return Buffer.alloc(0);
  });
  const command = [join(root, file), ...args, "--home", temporaryFolder(), "--address", address];
  const worker = spawn(process.execPath, command, { cwd: temporaryFolder(), stdio: ["pipe", "ignore", "pipe"] });
  onTestFinished(() => void worker.kill("SIGKILL"));
  const [said, [code]] = await Promise.all([text(worker.stderr), once(worker, "close")]);
  expect(said).toMatch(/SERVER_UNREACHABLE/);
  expect(said).toMatch(new RegExp(`where +${address}.*why.*fix`, "s"));
  expect(code).toBe(3);
});
