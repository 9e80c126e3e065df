import { expect, test } from "vitest";
import type { Plan } from "../../schemas/plan.ts";
import { temporaryStore } from "../../test/fixtures/temporary-store.ts";
import { findRun } from "./find-run.ts";

const plan: Plan = { version: 1, pipeline: "small", params: {}, sources: {}, nodes: [], outputs: {} };

test("a run is found by its id, a unique start of it, or its pipeline", async () => {
  const store = await temporaryStore();
  await expect(findRun(store, undefined)).rejects.toMatchObject({ parts: { what: "there is no run yet" } });
  for (const runId of ["small-1a", "small-1b", "small-2"]) {
    await store.runs.create({ plan, projectFolder: "/nowhere", runId });
    // runs are ordered by their start, in milliseconds
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const found = async (given: string | undefined) => (await findRun(store, given)).runId;
  expect([await found("small-1a"), await found("small-2"), await found("small"), await found(undefined)]).toEqual([
    "small-1a",
    "small-2",
    "small-2",
    "small-2",
  ]);
  await expect(found("small-1")).rejects.toMatchObject({
    parts: { code: "NOT_FOUND", what: "the ids of 2 runs start with 'small-1'", where: "small-1a, small-1b" },
  });
  await expect(found("smal1")).rejects.toMatchObject({
    parts: { what: "no run is called 'smal1'", fix: expect.stringContaining("small") },
  });
});
