import { existsSync, writeFileSync } from "node:fs";
import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { temporaryFolder } from "../../test/fixtures/temporary-store.ts";
import { holdLock } from "./process-lock.ts";

const renewedWithinMs = { here: 1_500, elsewhere: 1_500 };

test("a holder that gives no sign is considered dead, and does not remove its successor's lock when it wakes up", async () => {
  const folder = temporaryFolder();
  const lock = join(folder, "lock");
  const releaseAsleep = await holdLock(lock, folder, { renewedWithinMs });
  const release = await holdLock(lock, folder, { renewedWithinMs });
  await releaseAsleep();
  expect(existsSync(lock)).toBe(true);
  await release();
  expect(existsSync(lock)).toBe(false);
});

test("a holder that touches its lock is waited for, however long it takes", async () => {
  const folder = temporaryFolder();
  const lock = join(folder, "lock");
  const release = await holdLock(lock, folder, { renewedWithinMs });
  const renewing = setInterval(() => void utimes(lock, new Date(), new Date()), 50);
  onTestFinished(() => clearInterval(renewing));
  const waited: string[] = [];
  const next = holdLock(lock, folder, { renewedWithinMs, waits: () => waited.push("waits") }).then((releaseNext) => {
    waited.push("has it");
    return releaseNext;
  });
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  expect(waited).toEqual(["waits"]);
  clearInterval(renewing);
  await release();
  await (await next)();
  expect(waited).toEqual(["waits", "has it"]);
});

test("a breaker of a dead holder's lock that then finds a new holder reports that it waits", async () => {
  const folder = temporaryFolder();
  const lock = join(folder, "lock");
  writeFileSync(lock, "torn by a power cut");
  const reported: string[] = [];
  const take = (name: string) => holdLock(lock, folder, { waits: () => reported.push(name) }).then((release) => ({ name, release }));
  const both = [take("one"), take("two")];
  const first = await Promise.race(both);
  const waiting = first.name === "one" ? "two" : "one";
  await vi.waitFor(() => expect(reported).toEqual([waiting]));
  await first.release();
  for (const { name, release } of await Promise.all(both)) if (name === waiting) await release();
  expect(reported).toEqual([waiting]);
});
