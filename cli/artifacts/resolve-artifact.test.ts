import { expect, test } from "vitest";
import type { ArtifactRef } from "../../schemas/artifact.ts";
import type { Plan } from "../../schemas/plan.ts";
import type { NodeState, RunStatus } from "../../schemas/run-state.ts";
import type { Store } from "../../store/store.ts";
import { compute, outputOf } from "../../test/fixtures/stage-artifacts.ts";
import { temporaryStore } from "../../test/fixtures/temporary-store.ts";
import { resolveArtifact } from "./resolve-artifact.ts";

const plan: Plan = { version: 1, pipeline: "quickstart", params: {}, sources: {}, nodes: [], outputs: {} };

async function made(store: Store, kind: ArtifactRef["kind"], text: string): Promise<ArtifactRef> {
  const write = async (output: { write(path: string, contents: string): Promise<unknown> }) => void (await output.write("file", text));
  return outputOf(await compute(store, { stage: `make-${kind}-${text}`, inputs: [], kind, write }));
}

async function run(store: Store, status: RunStatus, outputs: Record<string, ArtifactRef>, nodes: NodeState[] = []): Promise<string> {
  const { runId, planDigest } = await store.runs.create({ plan, projectFolder: "/project" });
  const state = { runId, pipeline: "quickstart", planDigest, status, nodes, outputs };
  await store.runs.append(runId, [{ type: "state", at: new Date().toISOString(), state }]);
  return runId;
}

test("a pipeline's name stands for the model of its latest completed run", async () => {
  const store = await temporaryStore();
  const [old, model, report, later] = [
    await made(store, "model", "1"),
    await made(store, "model", "2"),
    await made(store, "report", "3"),
    await made(store, "model", "4"),
  ];
  await run(store, "completed", { model: old });
  const runId = await run(store, "completed", { report, model });
  await run(store, "blocked", { model: later });
  expect(await resolveArtifact(store, "quickstart")).toMatchObject({
    ref: model,
    name: `${runId}/model`,
    run: { projectFolder: "/project" },
  });
  expect((await resolveArtifact(store, "quickstart/report")).ref).toEqual(report);
  expect((await resolveArtifact(store, "quickstart", "report")).ref).toEqual(report);
  expect((await resolveArtifact(store, `${runId}/model`)).ref).toEqual(model);
});

test("a digest stands for its artifact, and so does a unique start of it", async () => {
  const store = await temporaryStore();
  const refs: ArtifactRef[] = [];
  for (let index = 0; index < 5; index += 1) refs.push(await made(store, "report", String(index)));
  for (const ref of refs) {
    expect((await resolveArtifact(store, ref.digest)).ref).toEqual(ref);
    expect((await resolveArtifact(store, ref.digest.slice(0, 12))).ref).toEqual(ref);
  }
  await expect(resolveArtifact(store, "0123456789")).rejects.toMatchObject({ parts: { code: "NOT_FOUND" } });
});

test("the output of a stage is named by the stage, and by the output if it has several", async () => {
  const store = await temporaryStore();
  const [one, two, three] = [await made(store, "report", "1"), await made(store, "report", "2"), await made(store, "report", "3")];
  const node = (name: string, outputs: Record<string, ArtifactRef>): NodeState => ({
    name,
    stage: name,
    status: "done",
    cached: false,
    attempts: 1,
    outputs,
  });
  const runId = await run(store, "blocked", {}, [node("clean", { documents: one }), node("split", { train: two, validation: three })]);
  expect((await resolveArtifact(store, `${runId}/clean`)).ref).toEqual(one);
  expect((await resolveArtifact(store, `${runId}/split.validation`)).ref).toEqual(three);
  await expect(resolveArtifact(store, `${runId}/split`)).rejects.toMatchObject({
    parts: { code: "NOT_FOUND", fix: expect.stringContaining("split") },
  });
  await expect(resolveArtifact(store, runId)).rejects.toMatchObject({
    parts: { code: "NOT_FOUND", fix: expect.stringContaining("STAGE") },
  });
});

test("a name that matches several artifacts is refused with the names to choose from", async () => {
  const store = await temporaryStore();
  await run(store, "completed", { first: await made(store, "model", "1"), second: await made(store, "model", "2") });
  await expect(resolveArtifact(store, "quickstart")).rejects.toMatchObject({
    parts: { code: "COMMAND_INVALID", fix: expect.stringContaining("quickstart/first (model)") },
  });
});

test.each(["nothing", "nothing/model", "../keys", "", "/", "a b"])("%j matches nothing, and the error lists what exists", async (name) => {
  const store = await temporaryStore();
  await run(store, "completed", {});
  await expect(resolveArtifact(store, name)).rejects.toMatchObject({
    parts: { code: "NOT_FOUND", fix: expect.stringContaining("quickstart") },
  });
});
