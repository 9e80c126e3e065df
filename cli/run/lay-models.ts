import { constants } from "node:fs";
import { copyFile, mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { RunState } from "../../schemas/run-state.ts";
import type { Session } from "../session.ts";

/** Lay the models of a completed run as plain folders into the home, where other programs find them: `models/<pipeline>/<output>`. */
export async function layModels(session: Session, state: RunState): Promise<void> {
  if (state.status !== "completed") return;
  const store = await session.store();
  for (const [name, artifact] of Object.entries(state.outputs)) {
    if (artifact.kind !== "model") continue;
    const folder = join(session.home.folder, "models", state.pipeline, name);
    const draft = `${folder}.${process.pid}`;
    const { files } = await store.artifacts.manifest(artifact.digest);
    for (const { path, sha256 } of files) {
      const target = join(draft, path);
      await mkdir(dirname(target), { recursive: true });
      await copyFile(await store.blobs.path(sha256), target, constants.COPYFILE_FICLONE);
    }
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
  }
}
