import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { freePort } from "../../system/processes/loopback-port.ts";
import { temporaryFolder } from "../../test/fixtures/temporary-store.ts";

test("a worker whose server is gone says so in four parts, and exits with the code for the environment", async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const args = [join(import.meta.dirname, "worker-main.ts"), "--home", temporaryFolder(), "--address", address];
  const worker = spawn(process.execPath, args, { cwd: temporaryFolder(), stdio: ["pipe", "ignore", "pipe"] });
  const [said, [code]] = await Promise.all([text(worker.stderr), once(worker, "close")]);
  expect(said).toContain("SERVER_UNREACHABLE");
  expect(said).toMatch(new RegExp(`where +${address}[^]*why[^]*fix`));
  expect(said).not.toContain("TransportError:");
  expect(code).toBe(3);
});
