import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openTerminal } from "../../cli/view/terminal.ts";
import type { RunState } from "../../schemas/run-state.ts";
import { draftOutput } from "../../store/artifacts/output-artifact.ts";
import { openStore } from "../../store/store.ts";
import { someDigest, temporaryFolder } from "../../test/fixtures/temporary-store.ts";
import { homeAt } from "../home.ts";
import type { EngineSession } from "../session.ts";
import { exportModels, modelFolder } from "./export-models.ts";

/** A session with a completed run that produced a model with this text. */
async function completedRun(text: string): Promise<{ session: EngineSession; state: RunState }> {
  const folder = temporaryFolder();
  const home = homeAt(folder);
  mkdirSync(home.store, { recursive: true });
  const store = await openStore({ directory: home.store });
  const draft = draftOutput(store, { kind: "model" }, []);
  await draft.write("onnx/model.onnx", text);
  const model = await draft.commit({ producer: someDigest("a"), inputs: [] });
  const config = () => Promise.reject(new Error("no settings here"));
  const session = { home, project: folder, terminal: openTerminal({ json: true }), store: async () => store, config };
  const run = { runId: "r", pipeline: "small", planDigest: someDigest("b"), status: "completed" as const, nodes: [] };
  return { session, state: { ...run, outputs: { model } } };
}

test("commands that see a run complete at the same moment export its model once, and leave nothing else", async () => {
  const { session, state } = await completedRun("weights");
  await Promise.all(Array.from({ length: 4 }, () => exportModels(session, state)));
  const folder = modelFolder(session, "small", "model");
  expect(readFileSync(join(folder, "onnx", "model.onnx"), "utf8")).toBe("weights");
  expect(readdirSync(join(folder, "..")).sort()).toEqual([".model.digest", "model"]);
});

test("a model that was deleted is exported again", async () => {
  const { session, state } = await completedRun("weights");
  await exportModels(session, state);
  const folder = modelFolder(session, "small", "model");
  rmSync(folder, { recursive: true });
  await exportModels(session, state);
  expect(readFileSync(join(folder, "onnx", "model.onnx"), "utf8")).toBe("weights");
});
