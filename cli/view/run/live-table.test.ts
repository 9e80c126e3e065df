import { stripVTControlCharacters, styleText } from "node:util";
import { expect, test } from "vitest";
import type { RunEvent } from "../../../schemas/event.ts";
import type { NodeState } from "../../../schemas/run-state.ts";
import { someDigest } from "../../../test/fixtures/temporary-store.ts";
import { tableLines } from "./live-table.ts";
import { LiveView } from "./run-view.ts";

const at = "2026-11-24T08:00:00.000Z";
const waiting = (name: string): NodeState => ({ name, stage: name, status: "waiting", cached: false, attempts: 0 });

test("each stage is a line no wider than the screen; running training has its loss below it", () => {
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
  const lines = tableLines(view.nodes, { frame: 1, rows: 50, columns: 60, now: Date.parse(at) + 5000 }).map(stripVTControlCharacters);
  expect(lines[0]).toMatch(/^✓ clean {5}cached/);
  expect(lines[1]).toMatch(/train {5}━{2}─{6} 3\/10 steps, loss 2\.000/);
  expect(lines[2]?.trim()).toBe("█▅▁");
  expect(lines[3]).toMatch(/^· evaluate/);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(60);
});

const training = (progress: object) => {
  const node = { ...waiting("train"), status: "running" as const, attempts: 1 };
  return { node, progress: { done: 40, total: 400, unit: "steps", eta: 395, ...progress }, startedAt: new Date(at), losses: [] };
};

test("on a narrow screen the time left is the last thing to go", () => {
  const shown = [training({ metrics: { loss: 6.676, tokensPerSecond: 1399 } })];
  const line = (columns: number) =>
    stripVTControlCharacters(tableLines(shown, { frame: 1, rows: 50, columns, now: Date.parse(at) + 80_000 })[0] ?? "").slice(2);
  expect(line(110)).toBe("train  ━━────────────── 40/400 steps, loss 6.676, 1,399 tokens/s, 6 min 35 s left  1 min 20 s so far");
  expect(line(80)).toBe("train  ━─────── 40/400 steps, loss 6.676, 1,399 tokens/s, 6 min 35 s left");
  expect(line(70)).toBe("train  40/400 steps, loss 6.676, 1,399 tokens/s, 6 min 35 s left");
  expect(line(55)).toBe("train  40/400 steps, loss 6.676, 6 min 35 s left");
  expect(line(40)).toBe("train  40/400 steps, 6 min 35 s left");
  expect(line(20)).toBe("train  40/400 ste…");
});

test("a line that is cut keeps its colours", () => {
  const red = (text: string) => styleText("red", text, { validateStream: false });
  const node = { ...waiting("clean"), status: "done" as const, summary: red("233 in, 232 out, dropped 1: few_letters 1") };
  const [line = ""] = tableLines([{ node, progress: undefined, startedAt: undefined, losses: [] }], {
    frame: 1,
    rows: 50,
    columns: 40,
    now: 0,
  });
  expect(line).toContain("\x1b[31m233 in");
  expect(line).toContain("\x1b[39m…");
  expect(stripVTControlCharacters(line)).toHaveLength(40);
});

test("a table longer than the screen shows what runs, failed and comes next, and counts the rest", () => {
  const statuses = [...Array(60).fill("done"), "failed", "running", "running", ...Array(40).fill("waiting")] as NodeState["status"][];
  const nodes = statuses.map((status, index) => {
    const node = { ...waiting(`stage-${index}`), status };
    return { node, progress: undefined, startedAt: undefined, losses: index === 61 ? [3, 2, 1] : [] };
  });
  const lines = tableLines(nodes, { frame: 1, rows: 10, columns: 60, now: 0 }).map((line) =>
    stripVTControlCharacters(line).slice(0, 10).trim(),
  );
  expect(lines).toHaveLength(9);
  expect(lines.slice(0, 4)).toEqual(["✗ stage-60", expect.stringContaining("stage-61"), "", expect.stringContaining("stage-62")]);
  const [last = ""] = tableLines(nodes, { frame: 1, rows: 10, columns: 60, now: 0 }).slice(-1);
  expect(stripVTControlCharacters(last)).toBe("  and 36 waiting, 60 done");
});
