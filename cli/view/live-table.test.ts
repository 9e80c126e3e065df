import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import type { RunEvent } from "../../schemas/event.ts";
import type { NodeState } from "../../schemas/run-state.ts";
import { someDigest } from "../../test/fixtures/temporary-store.ts";
import { tableLines } from "./live-table.ts";
import { LiveView } from "./run-view.ts";

const at = "2026-11-24T08:00:00.000Z";
const waiting = (name: string): NodeState => ({ name, stage: name, status: "waiting", cached: false, attempts: 0 });

test("each stage is a line no wider than the screen; a training under way has its loss below it", () => {
  const nodes = [{ ...waiting("clean"), status: "done" as const, cached: true }, waiting("train"), waiting("evaluate")];
  const state = { runId: "r", pipeline: "p", planDigest: someDigest("a"), status: "running" as const, nodes, outputs: {} };
  const view = new LiveView({ state, progress: new Map() });
  const losses = [4, 3, 2].map(
    (loss, step): RunEvent => ({
      type: "progress",
      at,
      node: "train",
      progress: { done: step + 1, total: 10, unit: "steps", metrics: { loss } },
    }),
  );
  for (const event of [{ type: "attempt", at, node: "train", attempt: 1 } as const, ...losses]) view.take(event);
  const lines = tableLines(view.nodes, { frame: 1, columns: 60, now: Date.parse(at) + 5000 }).map(stripVTControlCharacters);
  expect(lines[0]).toMatch(/^✓ clean {5}cached/);
  expect(lines[1]).toMatch(/train {5}━+ 3\/10 steps, loss 2\.000/);
  expect(lines[2]?.trim()).toBe("█▅▁");
  expect(lines[3]).toMatch(/^· evaluate/);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(60);
});
