import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import type { Plan } from "../../../schemas/plan.ts";
import { exportArtifact } from "../../../store/artifacts/export-artifact.ts";
import type { Store } from "../../../store/store.ts";
import { type SmallChain, smallChain } from "../../../test/fixtures/small-chain.ts";
import { outputOf } from "../../../test/fixtures/stage-artifacts.ts";
import { blobFile, flipBit, temporaryFolder, temporaryStore } from "../../../test/fixtures/temporary-store.ts";
import {
  artifactPaths,
  listArtifacts,
  renderArtifact,
  renderArtifacts,
  renderCheck,
  showArtifact,
  verifyArtifacts,
} from "./artifact-report.ts";
import { renderLink, renderVerdict, verifyArtifactChain } from "./chain-report.ts";
import { artifactLineage, renderLineage } from "./lineage-report.ts";

/** A store in which a run of the pipeline `quickstart` produced a small chain. */
async function completed(): Promise<{ store: Store; project: string; chain: SmallChain }> {
  const [store, project] = [await temporaryStore(), temporaryFolder()];
  const chain = await smallChain(store, project);
  const sources = { raw: { pattern: ["data/*"], artifact: chain.raw } };
  const plan: Plan = { version: 1, pipeline: "quickstart", params: {}, sources, nodes: [], outputs: {} };
  const { runId, planDigest } = await store.runs.create({ plan, projectFolder: project });
  const state = { runId, pipeline: "quickstart", planDigest, status: "completed" as const, nodes: [], outputs: { model: chain.model } };
  await store.runs.append(runId, [{ type: "state", at: new Date().toISOString(), state }]);
  return { store, project, chain };
}

test("the list has raw files and everything produced, with the names of the latest outputs", async () => {
  const { store, chain } = await completed();
  const rows = await listArtifacts(store);
  expect(rows.map(({ kind, node, names }) => [kind, node, names])).toEqual([
    ["files", undefined, []],
    ["documents", "ingest", []],
    ["documents", "seal", []],
    ["model", "train", ["quickstart/model"]],
  ]);
  const text = stripVTControlCharacters(renderArtifacts(rows));
  expect(text.split("\n")).toHaveLength(4);
  expect(text).toContain(`${chain.model.digest.slice(0, 12)}  model`);
  flipBit(blobFile(store, chain.model.digest));
  expect((await listArtifacts(store)).at(-1)).toMatchObject({ digest: chain.model.digest, damaged: true });
});

test("an artifact is shown with facts, files and how it was produced", async () => {
  const { store, chain } = await completed();
  const details = await showArtifact(store, outputOf(chain.seal));
  expect(details.record).toEqual(chain.seal);
  const text = stripVTControlCharacters(renderArtifact(details));
  for (const part of ["documents", "sealed", "seal of test", "documents/00000.jsonl.zst", chain.seal.key]) expect(text).toContain(part);
});

test("a path leads to a verified file", async () => {
  const { store, project, chain } = await completed();
  const [only] = await artifactPaths(store, chain.model, project, "config.json");
  expect(readFileSync(only?.local ?? "", "utf8")).toBe("{}");
  expect((await artifactPaths(store, chain.raw, project)).map(({ local }) => local)).toEqual([
    join(project, "data/a.txt"),
    join(project, "data/b.txt"),
  ]);
  await expect(artifactPaths(store, chain.model, project, "none")).rejects.toMatchObject({ parts: { code: "NOT_FOUND" } });
});

test("an export is complete or absent, and never overwrites", async () => {
  const { store, project, chain } = await completed();
  const folder = join(temporaryFolder(), "deep/er/model");
  expect(await exportArtifact(store, chain.model, folder, project)).toMatchObject({ folder, files: 2, bytes: 5002 });
  expect(readFileSync(join(folder, "onnx/model.onnx"))).toEqual(Buffer.alloc(5000, "weights"));
  expect(statSync(join(folder, "config.json")).mode & 0o200).toBe(0o200);
  await expect(exportArtifact(store, chain.model, folder, project)).rejects.toMatchObject({ parts: { code: "COMMAND_INVALID" } });

  const empty = join(temporaryFolder(), "empty");
  mkdirSync(empty);
  await exportArtifact(store, chain.raw, empty, project);
  expect(readFileSync(join(empty, "data/b.txt"), "utf8")).toBe("raw text of data/b.txt");

  const parent = temporaryFolder();
  flipBit(blobFile(store, (await store.artifacts.manifest(chain.model.digest)).files[1]?.sha256 ?? ""));
  await expect(exportArtifact(store, chain.model, join(parent, "model"), project)).rejects.toMatchObject({
    parts: { code: "ARTIFACT_DAMAGED" },
  });
  expect(readdirSync(parent)).toEqual([]);
});

test("every byte of all artifacts is read again, and what is damaged is listed", async () => {
  const { store, chain } = await completed();
  const sound = await verifyArtifacts(store);
  expect(sound).toEqual({ checked: 4, damages: [] });
  const [file] = (await store.artifacts.manifest(chain.model.digest)).files;
  flipBit(blobFile(store, file?.sha256 ?? ""));
  const found = await verifyArtifacts(store, chain.model);
  expect(found).toMatchObject({ checked: 1, damages: [{ artifact: chain.model.digest, path: "config.json", producer: chain.train.key }] });
  expect(stripVTControlCharacters(renderCheck(found))).toContain("config.json");
});

test("a lineage is drawn from the artifact down to its raw files", async () => {
  const { store, chain } = await completed();
  const rows = await artifactLineage(store, chain.model);
  expect(rows.map(({ made }) => made?.stage)).toEqual([undefined, "ingest", "seal", "train"]);
  const lines = stripVTControlCharacters(renderLineage(rows)).split("\n");
  expect(lines.map((line) => line.replace(/ [0-9a-f]{12} .*/, ""))).toEqual(["model", "└─ documents", "   └─ documents", "      └─ files"]);
});

test("a verdict names the first broken link: file and stage", async () => {
  const { store, project, chain } = await completed();
  const lines: string[] = [];
  const sound = await verifyArtifactChain(store, chain.model, project, (link) => lines.push(stripVTControlCharacters(renderLink(link))));
  expect(lines).toHaveLength(sound.links.length);
  expect(stripVTControlCharacters(renderVerdict(sound))).toContain("follows from its raw files");
  writeFileSync(join(project, "data/b.txt"), "other text");
  const broken = stripVTControlCharacters(renderVerdict(await verifyArtifactChain(store, chain.model, project)));
  expect(broken).toContain("data/b.txt (raw)");
});
