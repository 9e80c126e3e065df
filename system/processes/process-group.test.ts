import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test, vi } from "vitest";
import { signalGroup, spawnGroup } from "./process-group.ts";
import { identityOf } from "./process-identity.ts";

test("a program has its arguments as they are, its standard streams, and its own exit code", async () => {
  const { child, stdin, stdout, stderr } = spawnGroup("/bin/sh", ["-c", 'cat; echo "$1" >&2; exit 3', "sh", "a  b $c"], {});
  stdin.end("to it");
  // at once: what nobody reads is discarded when a child exits
  const said = await Promise.all([text(stdout), text(stderr), once(child, "exit")]);
  expect(said).toEqual(["to it", "a  b $c\n", [3, null]]);
  signalGroup(child.pid, "SIGKILL");
});

test("a program, with what it started, ends when its parent process is killed", async () => {
  const starter = spawn(process.execPath, [join(import.meta.dirname, "../../test/fixtures/start-group.ts")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void starter.kill("SIGKILL"));
  const [line] = await once(starter.stdout, "data");
  const pids = String(line).trim().split(" ").map(Number);
  expect(pids).toHaveLength(2);
  for (const pid of pids) expect(identityOf(pid)).toBeDefined();
  starter.kill("SIGKILL");
  await vi.waitFor(() => expect(pids.map((pid) => identityOf(pid))).toEqual([undefined, undefined]), { timeout: 20_000 });
});
