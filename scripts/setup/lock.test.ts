import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isAlive } from "./identity.mjs";
import { holding } from "./lock.mjs";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "crisol-setup-"));
  path = join(folder, "deep", "setup.lock");
});
afterEach(() => rmSync(folder, { recursive: true }));

const nobody = () => undefined;

test("holders never overlap, and nothing is left behind", async () => {
  const order: string[] = [];
  const work = (name: string) =>
    holding(path, nobody, async () => {
      order.push(`${name} in`);
      await sleep(60);
      order.push(`${name} out`);
    });
  await Promise.all([work("a"), work("b"), work("c")]);
  expect(order.map((line) => line.split(" ")[1])).toEqual(["in", "out", "in", "out", "in", "out"]);
  expect(existsSync(path)).toBe(false);
});

test("it is released when the work fails", async () => {
  await expect(holding(path, nobody, () => Promise.reject(new Error("no disk")))).rejects.toThrow("no disk");
  expect(await holding(path, nobody, async () => "done")).toBe("done");
});

/** A process that takes the lock, starts a child, reports it, and never ends. */
async function stuck(): Promise<ChildProcess> {
  const code = `import { holding } from ${JSON.stringify(join(import.meta.dirname, "lock.mjs"))};
    import { spawn } from "node:child_process";
    await holding(${JSON.stringify(path)}, () => {}, async (setChild) => {
      setChild(spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" }).pid);
      console.log("held");
      await new Promise((resolve) => setInterval(resolve, 2 ** 30));
    });`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  return child;
}

test("of many, only one takes a killed holder's lock, and ends what that had started first", async () => {
  const dead = await stuck();
  const { child } = JSON.parse(readFileSync(path, "utf8"));
  expect(isAlive(child)).toBe(true);
  let waited = 0;
  let inside = 0;
  const work = () =>
    holding(
      path,
      () => {
        waited += 1;
      },
      async () => {
        inside += 1;
        expect(inside).toBe(1);
        // the signal was sent; the system may take a moment to carry it out
        await expect.poll(() => isAlive(child), { timeout: 5_000 }).toBe(false);
        await sleep(20);
        inside -= 1;
      },
    );
  const many = Promise.all(Array.from({ length: 5 }, work));
  await sleep(300);
  expect(waited).toBe(5);
  expect(inside).toBe(0);
  dead.kill("SIGKILL");
  await many;
});
