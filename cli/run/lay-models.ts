import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { RunState } from "../../schemas/run-state.ts";
import { exportArtifact } from "../export-artifact.ts";
import type { Session } from "../session.ts";

/** Where a pipeline's newest model lies as a plain folder that other programs can load. */
export function modelFolder(session: Session, pipeline: string, output: string): string {
  return join(session.home.folder, "models", pipeline, output);
}

/** Lay the models of a completed run into their folders; one that lies there already is left as it is. */
export async function layModels(session: Session, state: RunState): Promise<void> {
  if (state.status !== "completed") return;
  for (const [name, artifact] of Object.entries(state.outputs)) {
    if (artifact.kind !== "model") continue;
    const folder = modelFolder(session, state.pipeline, name);
    const marker = join(dirname(folder), `.${name}.digest`);
    if ((await readFile(marker, "utf8").catch(() => "")) === artifact.digest) continue;
    await mkdir(dirname(folder), { recursive: true });
    const draft = `${folder}.${process.pid}`;
    await exportArtifact(await session.store(), artifact, draft, session.project);
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
    await writeFile(marker, artifact.digest);
  }
}
