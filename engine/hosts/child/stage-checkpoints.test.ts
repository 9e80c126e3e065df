import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { digestOf } from "../../../schemas/digest.ts";
import { blobFile, flipBit, someDigest, temporaryFolder, temporaryStore } from "../../../test/fixtures/temporary-store.ts";
import { forgetCheckpoints, stageCheckpoints } from "./stage-checkpoints.ts";

const canonical = '{"centers":[[0.5,1]],"round":2}';

async function attempts() {
  const store = await temporaryStore();
  const reported: string[] = [];
  const attempt = () =>
    stageCheckpoints({
      store,
      key: someDigest("a"),
      folders: { scratch: temporaryFolder() },
      saved: (step) => reported.push(`saved ${step}`),
      damaged: (message) => reported.push(message),
    });
  return { store, reported, attempt };
}

test("a value is returned to another attempt as it was", async () => {
  const { reported, attempt } = await attempts();
  expect(await attempt().load()).toBeUndefined();
  const first = attempt();
  await first.save({ round: 1, centers: [] }, 1);
  await first.save({ round: 2, centers: [[0.5, 1]] }, 2);
  expect(await attempt().load()).toEqual({ folder: expect.any(String), step: 2, value: { round: 2, centers: [[0.5, 1]] } });
  expect(reported).toEqual(["saved 1", "saved 2"]);
});

test("files are returned to another attempt, each under its path", async () => {
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

test("a damaged state is reported, and the one before it is used", async () => {
  const { store, reported, attempt } = await attempts();
  const first = attempt();
  await first.save({ round: 1 }, 1);
  await first.save({ round: 2, centers: [[0.5, 1]] }, 2);
  flipBit(blobFile(store, digestOf(canonical)));
  expect(await attempt().load()).toMatchObject({ step: 1, value: { round: 1 } });
  expect(reported.at(-1)).toContain("checkpoint of step 2 is damaged");
});

test("an earlier attempt that still runs can no longer save anything", async () => {
  const { attempt } = await attempts();
  const zombie = attempt();
  await zombie.save({ round: 1 }, 1);
  const later = attempt();
  await later.load();
  await expect(zombie.save({ round: 2 }, 2)).rejects.toThrow();
  expect(await attempt().load()).toMatchObject({ value: { round: 1 } });
});

test("forgotten states are gone for good: an attempt that was at work can no longer save any", async () => {
  const { store, attempt } = await attempts();
  const zombie = attempt();
  await zombie.save({ round: 1 }, 1);
  await forgetCheckpoints(store, someDigest("a"));
  await expect(zombie.save({ round: 2 }, 2)).rejects.toMatchObject({ parts: { code: "CANCELED" } });
  const next = attempt();
  expect(await next.load()).toBeUndefined();
  await next.save({ round: 1 }, 1);
  await expect(zombie.save({ round: 3 }, 3)).rejects.toMatchObject({ parts: { code: "CANCELED" } });
  expect(await attempt().load()).toMatchObject({ value: { round: 1 } });
});

test("of two attempts that start at the same moment only one can save", async () => {
  const { attempt } = await attempts();
  const both = [attempt(), attempt()];
  await Promise.all(both.map((each) => each.load()));
  const saved = await Promise.allSettled(both.map((each, index) => each.save({ by: index }, 1)));
  expect(saved.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
});

test("a value that is not JSON is refused when it is saved", async () => {
  const { attempt } = await attempts();
  await expect(attempt().save({ loss: Number.NaN }, 1)).rejects.toThrow("loss");
});
