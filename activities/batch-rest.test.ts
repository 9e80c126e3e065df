import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { BatchRest } from "./batch-rest.ts";

function restOf(nodes: readonly string[], takes: number, giveBack: (nodes: readonly string[]) => Promise<void> = async () => undefined) {
  const rest = new BatchRest(nodes, takes, giveBack);
  onTestFinished(() => rest.close());
  return rest;
}

test("nodes come in order, while there is time", async () => {
  const rest = restOf(["a", "b"], 60_000);
  expect([await rest.next(), await rest.next(), await rest.next()]).toEqual(["a", "b", undefined]);
});

test("what waits behind a long node is given back, once, and is not run here any more", async () => {
  const given: string[][] = [];
  const rest = restOf(["a", "b", "c"], 20, async (nodes) => void given.push([...nodes]));
  expect(await rest.next()).toBe("a");
  await expect.poll(() => given).toEqual([["b", "c"]]);
  expect(await rest.next()).toBeUndefined();
});

test("the run is told that a batch takes long, also when nothing is left of it to give back", async () => {
  const given: string[][] = [];
  const rest = restOf(["a"], 10, async (nodes) => void given.push([...nodes]));
  await rest.next();
  await sleep(40);
  expect([given, await rest.next()]).toEqual([[[]], undefined]);
});

test("the batch goes on only when the run has heard of it, and ends also when it has not", async () => {
  const heard = Promise.withResolvers<void>();
  const rest = restOf(["a", "b"], 5, () => heard.promise);
  await rest.next();
  await sleep(20);
  let ended = false;
  const next = rest.next().finally(() => {
    ended = true;
  });
  await sleep(20);
  expect(ended).toBe(false);
  heard.reject(new Error("the server is gone"));
  expect(await next).toBeUndefined();
});
