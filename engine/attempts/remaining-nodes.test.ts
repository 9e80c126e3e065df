import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { RemainingNodes } from "./remaining-nodes.ts";

function remainingOf(
  nodes: readonly string[],
  takesMs: number,
  giveBack: (nodes: readonly string[]) => Promise<void> = async () => undefined,
) {
  const remaining = new RemainingNodes(nodes, takesMs, giveBack);
  onTestFinished(() => remaining.close());
  return remaining;
}

test("nodes come in order, while there is time", async () => {
  const remaining = remainingOf(["a", "b"], 60_000);
  expect([await remaining.next(), await remaining.next(), await remaining.next()]).toEqual(["a", "b", undefined]);
});

test("what waits behind a long node is given back, once, and is not run here any more", async () => {
  const given: string[][] = [];
  const remaining = remainingOf(["a", "b", "c"], 20, async (nodes) => void given.push([...nodes]));
  expect(await remaining.next()).toBe("a");
  await expect.poll(() => given).toEqual([["b", "c"]]);
  expect(await remaining.next()).toBeUndefined();
});

test("that a batch takes long is reported to the run, also when nothing is left of it to give back", async () => {
  const given: string[][] = [];
  const remaining = remainingOf(["a"], 10, async (nodes) => void given.push([...nodes]));
  await remaining.next();
  await sleep(40);
  expect([given, await remaining.next()]).toEqual([[[]], undefined]);
});

test("the batch goes on only once its report has reached the run, and ends also if it has not", async () => {
  const heard = Promise.withResolvers<void>();
  const remaining = remainingOf(["a", "b"], 5, () => heard.promise);
  await remaining.next();
  await sleep(20);
  let ended = false;
  const next = remaining.next().finally(() => {
    ended = true;
  });
  await sleep(20);
  expect(ended).toBe(false);
  heard.reject(new Error("the server is gone"));
  expect(await next).toBeUndefined();
});
