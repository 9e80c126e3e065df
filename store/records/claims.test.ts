import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { thisProcess } from "../../system/processes/process-identity.ts";
import { someDigest, temporaryStore } from "../../test/fixtures/temporary-store.ts";
import { openStore } from "../store.ts";

const key = someDigest("a");
const asked = (waits: (what: string) => void = () => undefined, signal = new AbortController().signal) => ({
  what: "run one",
  signal,
  waits,
});

/** Whether a promise is settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const open = Symbol("open");
  return (await Promise.race([promise, sleep(100, open)])) !== open;
}

test("a key has one holder at a time, in the order of the requests, and another key is free", async () => {
  const { claims, folder } = await temporaryStore();
  const first = await claims.take(key, asked());
  const heard: string[] = [];
  const second = claims.take(
    key,
    asked((what) => heard.push(what)),
  );
  const third = claims.take(key, asked());
  await (await claims.take(someDigest("b"), asked()))();
  expect([await isSettled(second), heard]).toEqual([false, ["run one"]]);
  await first();
  await (await second)();
  await (await third)();
  expect(existsSync(join(folder, "claims", key))).toBe(false);
});

test("a claim made through another store object is waited for and reported", async () => {
  const { claims, folder } = await temporaryStore();
  const other = (await openStore({ directory: folder })).claims;
  const first = await other.take(key, asked());
  const heard: string[] = [];
  const second = claims.take(
    key,
    asked((what) => heard.push(what)),
  );
  expect([await isSettled(second), heard]).toEqual([false, ["run one"]]);
  await first();
  await (await second)();
});

test("a waiter whose run is cancelled leaves the line, and those behind it get their turn", async () => {
  const { claims } = await temporaryStore();
  const first = await claims.take(key, asked());
  const stop = new AbortController();
  const second = claims.take(key, asked(undefined, stop.signal));
  const third = claims.take(key, asked());
  stop.abort(new Error("cancelled"));
  await expect(second).rejects.toThrow("cancelled");
  await first();
  await (await third)();
});

test("the claim of a process that was killed is taken over", async () => {
  const { claims, folder } = await temporaryStore();
  const code = `import { openStore } from ${JSON.stringify(import.meta.resolve("../store.ts"))};
    const { claims } = await openStore({ directory: ${JSON.stringify(folder)} });
    await claims.take(${JSON.stringify(key)}, { what: "run two", signal: new AbortController().signal, waits: () => undefined });
    console.log("held"); setInterval(() => undefined, 1000);`;
  const holder = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void holder.kill("SIGKILL"));
  await once(holder.stdout, "data");
  const mine = claims.take(key, asked());
  expect(await isSettled(mine)).toBe(false);
  holder.kill("SIGKILL");
  await (await mine)();
});

test("another machine's claim counts for as long as it is renewed, by the waiting process's clock", async () => {
  const { claims, folder } = await temporaryStore();
  await (await claims.take(key, asked()))();
  const lock = join(folder, "claims", key);
  writeFileSync(lock, JSON.stringify({ token: "theirs", process: { ...thisProcess(), place: "another machine" } }));
  // a time stamp far off means nothing: the clocks of two machines need not agree
  utimesSync(lock, 0, 0);
  const stop = new AbortController();
  const waiting = claims.take(key, asked(undefined, stop.signal));
  expect(await isSettled(waiting)).toBe(false);
  expect(existsSync(lock)).toBe(true);
  stop.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
});

test("a claim torn by a power cut has no holder", async () => {
  const { claims, folder } = await temporaryStore();
  await (await claims.take(key, asked()))();
  writeFileSync(join(folder, "claims", key), "");
  await (await claims.take(key, asked()))();
});

test("a claim that can't be given back, on a read-only disk, keeps no one in its process waiting for ever", async () => {
  const { claims, folder } = await temporaryStore();
  const first = await claims.take(key, asked());
  const second = claims.take(key, asked());
  const lock = join(folder, "claims", key);
  rmSync(lock);
  // what is in its place can't be deleted as a file
  mkdirSync(lock);
  await first();
  rmdirSync(lock);
  await (await second)();
});

test("claims work on after the file that names their holder was deleted", async () => {
  const { claims, folder } = await temporaryStore();
  await (await claims.take(key, asked()))();
  for (const name of readdirSync(join(folder, "claims"))) rmSync(join(folder, "claims", name));
  await (await claims.take(key, asked()))();
  expect(readdirSync(join(folder, "claims"))).toHaveLength(1);
});

test("claims work on after their folder was deleted, and do not bring back a deleted store", async () => {
  const { claims, folder } = await temporaryStore();
  await (await claims.take(key, asked()))();
  for (const what of ["run one", "run two"]) {
    rmSync(join(folder, "claims"), { recursive: true });
    await (await claims.take(key, { ...asked(), what }))();
  }
  rmSync(folder, { recursive: true });
  await expect(claims.take(key, asked())).rejects.toThrow("ENOENT");
  expect(existsSync(folder)).toBe(false);
});

test("claims that were given back leave nothing behind", async () => {
  const { claims, folder } = await temporaryStore();
  for (const what of ["run one", "run two"]) await (await claims.take(key, { ...asked(), what }))();
  await expect.poll(() => readdirSync(join(folder, "claims")), { timeout: 15_000 }).toEqual([]);
  await (await claims.take(key, asked()))();
});

test("a long wait ends with the claim, although its process has given back all other claims meanwhile", async () => {
  const { claims, folder } = await temporaryStore();
  const other = (await openStore({ directory: folder })).claims;
  const give = await other.take(key, asked());
  const waiting = claims.take(key, asked());
  for (const digit of ["b", "c"]) {
    await (await claims.take(someDigest(digit), asked()))();
    // a look at what is held
    await sleep(5_500);
  }
  await give();
  await (await waiting)();
}, 30_000);
