import { constants } from "node:fs";
import { chmod, copyFile, mkdtemp, open, readdir, rename, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { ArtifactRef } from "../../schemas/artifact.ts";
import { CrisolError } from "../../schemas/error.ts";
import { makeFolder, syncFolder } from "../../system/files/durable-file.ts";
import { systemCode, writing } from "../../system/files/file-errors.ts";
import { layFiles } from "../../system/files/lay-files.ts";
import type { Store } from "../store.ts";
import { openInput } from "./input-artifact.ts";

/** What was exported, and where. */
export interface Export {
  readonly artifact: ArtifactRef;
  readonly folder: string;
  readonly files: number;
  readonly bytes: number;
}

/**
 * Copy an artifact's files, verified, into a new folder, which appears only once it is complete.
 *
 * @throws CrisolError COMMAND_INVALID if the folder exists and is not empty; ARTIFACT_DAMAGED, SOURCE_CHANGED, STORE_FULL, STORE_UNWRITABLE.
 */
export async function exportArtifact(store: Store, ref: ArtifactRef, target: string, project: string): Promise<Export> {
  const folder = resolve(target);
  const there = await readdir(folder).catch((error) => {
    if (systemCode(error) === "ENOENT") return undefined;
    throw systemCode(error) === "ENOTDIR" ? notAFolder(folder, error) : error;
  });
  if (there !== undefined && there.length > 0) throw notEmpty(folder);
  const input = await openInput(store, ref, { scratch: dirname(folder), project });
  return writing(folder, async () => {
    await makeFolder(dirname(folder));
    const draft = await mkdtemp(join(dirname(folder), `.${basename(folder)}-`));
    try {
      await layFiles(input.manifest.files, draft, async ({ path }, target) => copyDurably(await input.file(path), target));
      if (there !== undefined) await rmdir(folder);
      await rename(draft, folder);
      await syncFolder(dirname(folder));
    } catch (error) {
      await rm(draft, { recursive: true, force: true });
      throw error;
    }
    const { files } = input.manifest;
    return { artifact: ref, folder, files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
  });
}

/** Copy a file; the copy is writable by its owner, and survives a power cut. */
async function copyDurably(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  await chmod(to, 0o644);
  const copy = await open(to, "r+");
  try {
    await copy.sync();
  } finally {
    await copy.close();
  }
}

function notAFolder(folder: string, cause: unknown): CrisolError {
  return new CrisolError(
    {
      code: "COMMAND_INVALID",
      what: "the folder to export to is a file, or a path below one",
      where: folder,
      why: "an artifact is exported as a folder of its files",
      fix: "name a new folder",
    },
    { cause },
  );
}

function notEmpty(folder: string): CrisolError {
  return new CrisolError({
    code: "COMMAND_INVALID",
    what: "the folder to export to is not empty",
    where: folder,
    why: "an export never mixes with other files, or overwrites them",
    fix: "name a new folder, or empty that one",
  });
}
