import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { digestOf } from "../schemas/digest.ts";
import { blobFile, flipBit, someDigest, temporaryFolder, temporaryStore } from "../test/fixtures/temporary-store.ts";
import { forgetCheckpoints, stageCheckpoints } from "./stage-checkpoints.ts";

const canonical = '{"centers":[[0.5,1]],"round":2}';

async function attempts() {
  const store = await temporaryStore();
  const told: string[] = [];
  const attempt = () =>
    stageCheckpoints({
      store,
      key: someDigest("a"),
      folders: { scratch: temporaryFolder() },
      saved: (step) => told.push(`saved ${step}`),
      damaged: (message) => told.push(message),
    });
  return { store, told, attempt };
}

test("a value is there for another attempt, as it was", async () => {
  const { told, attempt } = await attempts();
  expect(await attempt().load()).toBeUndefined();
  const first = attempt();
  await first.save({ round: 1, centers: [] }, 1);
  await first.save({ round: 2, centers: [[0.5, 1]] }, 2);
  expect(await attempt().load()).toEqual({ folder: expect.any(String), step: 2, value: { round: 2, centers: [[0.5, 1]] } });
  expect(told).toEqual(["saved 1", "saved 2"]);
});

test("files are there for another attempt, each where it was", async () => {
  const { attempt } = await attempts();
  const folder = temporaryFolder();
  await mkdir(join(folder, "model"));
  await writeFile(join(folder, "model", "weights"), "0 1 2");
  await writeFile(join(folder, "value.json"), "{}");
  await attempt().save(folder, 7);
  const saved = await attempt().load();
  expect(saved).toEqual({ folder: expect.any(String), step: 7 });
  expect(await readFile(join(saved?.folder ?? "", "model", "weights"), "utf8")).toBe("0 1 2");
});

test("a damaged state is passed over for the one before, and told", async () => {
  const { store, told, attempt } = await attempts();
  const first = attempt();
  await first.save({ round: 1 }, 1);
  await first.save({ round: 2, centers: [[0.5, 1]] }, 2);
  flipBit(blobFile(store, digestOf(canonical)));
  expect(await attempt().load()).toMatchObject({ step: 1, value: { round: 1 } });
  expect(told.at(-1)).toContain("checkpoint of step 2 is damaged");
});

test("an earlier attempt that still runs can save nothing any more", async () => {
  const { attempt } = await attempts();
  const zombie = attempt();
  await zombie.save({ round: 1 }, 1);
  const later = attempt();
  await later.load();
  await expect(zombie.save({ round: 2 }, 2)).rejects.toThrow();
  expect(await attempt().load()).toMatchObject({ value: { round: 1 } });
});

test("states that are forgotten are gone for good: whoever was at work can save none any more", async () => {
  const { store, attempt } = await attempts();
  const zombie = attempt();
  await zombie.save({ round: 1 }, 1);
  await forgetCheckpoints(store, someDigest("a"));
  await expect(zombie.save({ round: 2 }, 2)).rejects.toMatchObject({ parts: { code: "CANCELED" } });
  const anew = attempt();
  expect(await anew.load()).toBeUndefined();
  await anew.save({ round: 1 }, 1);
  await expect(zombie.save({ round: 3 }, 3)).rejects.toMatchObject({ parts: { code: "CANCELED" } });
  expect(await attempt().load()).toMatchObject({ value: { round: 1 } });
});

test("of two attempts that begin at the same moment one alone can save", async () => {
  const { attempt } = await attempts();
  const both = [attempt(), attempt()];
  await Promise.all(both.map((each) => each.load()));
  const saved = await Promise.allSettled(both.map((each, index) => each.save({ by: index }, 1)));
  expect(saved.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
});

test("what is no JSON is refused where it is saved", async () => {
  const { attempt } = await attempts();
  await expect(attempt().save({ loss: Number.NaN }, 1)).rejects.toThrow("loss");
});
