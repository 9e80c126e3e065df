import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Plan } from "../../schemas/plan.ts";
import { temporaryStore } from "../../test/fixtures/temporary-store.ts";
import { NodeOutputs } from "./node-outputs.ts";
import { PlanCache } from "./plan-cache.ts";
import { runActivities } from "./run-activities.ts";

const plan: Plan = { version: 1, pipeline: "test", params: {}, sources: {}, nodes: [], outputs: {} };

test("the turns of a run that was deleted end and don't recreate its folder, and it can't continue", async () => {
  const store = await temporaryStore();
  const { runId, planDigest } = await store.runs.create({ plan, projectFolder: "/" });
  rmSync(join(store.location.directory, "runs", runId), { recursive: true });
  const slots = { cpu: 1, gpu: 1 };
  const { journal, shardsFailed, resolve } = runActivities({ store, plans: new PlanCache(store), outputs: new NodeOutputs(store), slots });
  const error = { code: "HOST_CRASHED", what: "a host crashed", where: "stage one", why: "it is not made", fix: "resume" };

  await journal({ runId, planDigest, epoch: "1", status: "canceled", nodes: [], errors: {} });
  await journal({ runId, planDigest, epoch: "1", status: "blocked", nodes: [], errors: {}, error });
  await shardsFailed({ runId, node: "one", error });
  await expect(resolve({ runId, planDigest, continued: false })).rejects.toMatchObject({ type: "NOT_FOUND", nonRetryable: true });
  expect(existsSync(join(store.location.directory, "runs", runId))).toBe(false);
});
