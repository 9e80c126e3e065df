import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { mayLive, thisProcess } from "../../system/processes/process-identity.ts";
import { withLock } from "../../system/processes/process-lock.ts";
import { flipBit, temporaryFolder, temporaryStore } from "../../test/fixtures/temporary-store.ts";

const fixtures = join(import.meta.dirname, "../../test/fixtures");

test("a head holds what was set last, by the same or a later attempt", async () => {
  const { heads } = await temporaryStore();
  expect(await heads.get("models/best")).toBeUndefined();
  await heads.set("models/best", "a", { attempt: 1 });
  await heads.set("models/best", "b", { attempt: 1 });
  await heads.set("models/best", { c: [1] }, { attempt: 3 });
  expect(await heads.get("models/best")).toEqual({ value: { c: [1] }, attempt: 3 });
  expect(await Array.fromAsync(heads.list("models/"))).toEqual([{ name: "models/best", head: { value: { c: [1] }, attempt: 3 } }]);
});

test("an earlier attempt is refused: it is a zombie", async () => {
  const { heads } = await temporaryStore();
  await heads.set("checkpoints/x", 2, { attempt: 2 });
  await expect(heads.set("checkpoints/x", 1, { attempt: 1 })).rejects.toMatchObject({ parts: { code: "CANCELED" } });
  expect(await heads.get("checkpoints/x")).toEqual({ value: 2, attempt: 2 });
});

test("`expect` is compared with the current value", async () => {
  const { heads } = await temporaryStore();
  expect(await heads.set("a", 1, { attempt: 0, expect: 7 })).toBe(false);
  expect(await heads.set("a", 1, { attempt: 0, expect: null })).toBe(true);
  expect(await heads.set("a", 2, { attempt: 0, expect: null })).toBe(false);
  expect(await heads.set("a", 2, { attempt: 0, expect: 1 })).toBe(true);
});

test.each(["../keys/signing.pem", "/etc/passwd", "a/../b", ""])("the name %j cannot leave its folder", async (name) => {
  const { heads } = await temporaryStore();
  await expect(heads.set(name, 1, { attempt: 0 })).rejects.toThrow();
});

test("a head with a flipped bit points to nothing, and is kept aside", async () => {
  const { heads, folder } = await temporaryStore();
  await heads.set("a", { digest: "abc" }, { attempt: 5 });
  flipBit(join(folder, "heads/a.json"), 12);
  expect(await heads.get("a")).toBeUndefined();
  expect(readdirSync(join(folder, "damaged"))).toHaveLength(1);
  expect(await heads.set("a", 1, { attempt: 0 })).toBe(true);
});

test("a sound head that has replaced a damaged one is not set aside by a process that read the damaged one", async () => {
  const { heads, folder } = await temporaryStore();
  for (let round = 0; round < 20; round += 1) {
    await heads.set("a", round, { attempt: round });
    flipBit(join(folder, "heads/a.json"), 12);
    await Promise.all([heads.get("a"), heads.get("a"), heads.set("a", "sound", { attempt: round }), heads.get("a"), heads.get("a")]);
    expect(await heads.get("a")).toMatchObject({ value: "sound" });
  }
});

test("no count is lost between processes that count at once", async () => {
  const { heads, folder } = await temporaryStore();
  const children = Array.from({ length: 4 }, () =>
    spawn(process.execPath, [join(fixtures, "count-head.ts"), folder, "20"], { stdio: "inherit" }),
  );
  const codes = await Promise.all(children.map(async (child) => (await once(child, "exit"))[0]));
  expect(codes).toEqual([0, 0, 0, 0]);
  expect(await heads.get("counter")).toEqual({ value: 80, attempt: 0 });
}, 60_000);

test("the lock of a killed process is broken by one of those that wait", async () => {
  const temporary = temporaryFolder();
  const lock = join(temporary, "lock");
  const holder = spawn(process.execPath, [join(fixtures, "hold-lock.ts"), lock, temporary], { stdio: ["ignore", "pipe", "inherit"] });
  await once(holder.stdout, "data");
  let inside = 0;
  const waiters = Array.from({ length: 5 }, () =>
    withLock(lock, temporary, async () => {
      inside += 1;
      expect(inside).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside -= 1;
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(inside).toBe(0);
  holder.kill("SIGKILL");
  await Promise.all(waiters);
  expect(existsSync(lock)).toBe(false);
  expect(readdirSync(temporary)).toEqual([]);
}, 60_000);

test("processes that are killed while they count leave a head that others can continue with", async () => {
  const { heads, folder } = await temporaryStore();
  const count = () => spawn(process.execPath, [join(fixtures, "count-head.ts"), folder, "100000"], { stdio: "inherit" });
  for (let round = 0; round < 3; round += 1) {
    const children = [count(), count(), count()];
    const before = Number((await heads.get("counter"))?.value ?? 0);
    await expect
      .poll(async () => Number((await heads.get("counter"))?.value ?? 0), { timeout: 20_000, interval: 7 })
      .toBeGreaterThan(before + 5);
    for (const child of children) child.kill("SIGKILL");
    await Promise.all(children.map((child) => once(child, "exit")));
  }
  const value = Number((await heads.get("counter"))?.value);
  expect(await heads.set("counter", value + 1, { attempt: 0, expect: value })).toBe(true);
  expect(readdirSync(join(folder, "heads"))).toEqual(["counter.json"]);
}, 90_000);

test("a process is distinguished from a later one with the same id, and from a dead one", async () => {
  const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"]);
  await once(child, "spawn");
  const [own, pid] = [thisProcess(), child.pid ?? 0];
  expect(mayLive(own)).toBe(true);
  expect(mayLive({ ...own, started: own.started + 1 })).toBe(false);
  expect(mayLive({ ...own, started: 1, place: "another machine" })).toBe(true);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(mayLive({ ...own, pid })).toBe(false);
});
