import { expect, test } from "vitest";
import type { Plan } from "../../schemas/plan.ts";
import { temporaryStore } from "../../test/fixtures/temporary-store.ts";
import { closeLost } from "./lost-run.ts";

const plan: Plan = { version: 1, pipeline: "small", params: {}, sources: {}, nodes: [], outputs: {} };

test("only the server on which a run was started can have lost it", async () => {
  const store = await temporaryStore();
  const there = "there:7233, namespace default";
  const { runId } = await store.runs.create({ plan, projectFolder: "/nowhere", server: there });
  for (const asked of [undefined, "here:7233, namespace default"]) {
    await expect(closeLost(store, runId, asked)).rejects.toMatchObject({
      parts: {
        code: "CONFIG_INVALID",
        where: expect.stringContaining(`started on ${there}; configured: ${asked ?? "the home's own server"}`),
      },
    });
    expect((await store.runs.state(runId)).status).toBe("running");
  }
  expect(await closeLost(store, runId, there)).toMatchObject({ status: "canceled" });
  expect(await closeLost(store, runId, undefined)).toBeUndefined();
});
