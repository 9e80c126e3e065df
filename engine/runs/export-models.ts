import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { ArtifactRef } from "../../schemas/artifact.ts";
import type { RunState } from "../../schemas/run-state.ts";
import { exportArtifact } from "../../store/artifacts/export-artifact.ts";
import { replaceFile, uniqueName } from "../../system/files/durable-file.ts";
import { unlessMissing } from "../../system/files/file-errors.ts";
import { withLock } from "../../system/processes/process-lock.ts";
import type { EngineSession } from "../session.ts";

/** The folder of a pipeline's newest model, which other programs can load. */
export function modelFolder(session: EngineSession, pipeline: string, output: string): string {
  return join(session.home.folder, "models", pipeline, output);
}

/** Export the models of a completed run into their folders; one that is already there is left as it is. */
export async function exportModels(session: EngineSession, state: RunState): Promise<void> {
  if (state.status !== "completed") return;
  for (const [name, artifact] of Object.entries(state.outputs)) {
    if (artifact.kind === "model") await exportModel(session, artifact, modelFolder(session, state.pipeline, name));
  }
}

/** Several commands may follow one run to its end: one of them exports its model. */
async function exportModel(session: EngineSession, artifact: ArtifactRef, folder: string): Promise<void> {
  const hidden = (ending: string): string => join(dirname(folder), `.${basename(folder)}.${ending}`);
  const marker = hidden("digest");
  const temporary = join(session.home.folder, "tmp");
  for (const needed of [temporary, dirname(folder)]) await mkdir(needed, { recursive: true });
  await withLock(hidden("lock"), temporary, async () => {
    if (existsSync(folder) && (await unlessMissing(readFile(marker, "utf8"))) === artifact.digest) return;
    const draft = hidden(uniqueName());
    await exportArtifact(await session.store(), artifact, draft, session.project);
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
    await replaceFile(marker, artifact.digest, { temporary });
  });
}
