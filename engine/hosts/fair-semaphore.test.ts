import { expect, it } from "vitest";
import { FairSemaphore } from "./fair-semaphore.ts";

const never = new AbortController().signal;

/** FairSemaphore, and the names of those that took one, in order; each slot is given back on request. */
function placesOf(size: number) {
  const slots = new FairSemaphore(size);
  const taken: string[] = [];
  const held = new Map<string, () => void>();
  return {
    slots,
    taken,
    /** Ask for one as `name`, which begins with the run's letter. */
    ask(name: string, sinceMs = 0): void {
      void slots.take({ run: name.slice(0, 1), sinceMs, signal: never }).then((release) => {
        taken.push(name);
        held.set(name, release);
      });
    },
    async giveBack(name: string): Promise<void> {
      held.get(name)?.();
      await Promise.resolve();
      await Promise.resolve();
    },
  };
}

it("gives out its slots in the order of the requests", async () => {
  const { ask, taken, giveBack } = placesOf(2);
  for (const name of ["a1", "a2", "a3", "a4"]) ask(name);
  await Promise.resolve();
  expect(taken).toEqual(["a1", "a2"]);
  await giveBack("a2");
  await giveBack("a1");
  expect(taken).toEqual(["a1", "a2", "a3", "a4"]);
});

it("keeps the turn of a run that needs several slots until they are free, and lets none past", async () => {
  const slots = new FairSemaphore(3);
  const given: string[] = [];
  const ask = (run: string, count: number, signal = new AbortController().signal) => slots.take({ run, sinceMs: 0, signal, slots: count });
  const [one, two] = [await ask("a", 1), await ask("a", 2)];
  const leaves = new AbortController();
  const wide = ask("b", 3, leaves.signal).catch(() => given.push("left"));
  const narrow = ask("c", 1).then(() => given.push("narrow"));
  two();
  await new Promise(setImmediate);
  expect(given).toEqual([]);
  leaves.abort();
  await Promise.all([wide, narrow]);
  expect(given.toSorted()).toEqual(["left", "narrow"]);
  one();
});

it("lets runs take turns, however many slots one asks for", async () => {
  const { ask, taken, giveBack } = placesOf(1);
  for (const name of ["a1", "a2", "a3", "a4", "b1", "c1", "b2"]) ask(name);
  await Promise.resolve();
  for (let index = 0; index < 6; index += 1) await giveBack(taken[index] ?? "");
  expect(taken).toEqual(["a1", "a2", "b1", "c1", "a3", "b2", "a4"]);
});

it("within a run, serves first what started first", async () => {
  const { ask, taken, giveBack } = placesOf(1);
  ask("a1", 1);
  ask("a3", 3);
  ask("a2", 2);
  await Promise.resolve();
  for (const name of ["a1", "a2"]) await giveBack(name);
  expect(taken).toEqual(["a1", "a2", "a3"]);
});

it("loses no slot to a request that left the queue", async () => {
  const slots = new FairSemaphore(1);
  const asker = { run: "a", sinceMs: 0, signal: never };
  const release = await slots.take(asker);
  const impatient = new AbortController();
  const left = slots.take({ ...asker, signal: impatient.signal });
  const patient = slots.take(asker);
  impatient.abort();
  await expect(left).rejects.toMatchObject({ parts: { code: "CANCELED" } });
  release();
  (await patient)();
  await slots.take(asker);
});
