import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";
import { digestOf } from "../../../schemas/digest.ts";
import { fromCheckedText } from "../../../system/files/checked-text.ts";
import { unlessMissing } from "../../../system/files/file-errors.ts";
import { crisolFolder, ownModule } from "../../../system/package-folder.ts";

/** Folders whose code is in the bundle. */
const SOURCES = ["workflows", "schemas"];

/** A bundle of workflow code. */
export interface WorkflowBundle {
  readonly codePath: string;
  /** The version of its code. */
  readonly buildId: string;
}

/**
 * The folder in which bundles are kept: crisol's own, so that a new home finds them built, or the home's where crisol is installed read-only.
 */
export async function bundleCache(home: string): Promise<string> {
  const own = join(crisolFolder, ".cache", "workflows");
  try {
    await mkdir(own, { recursive: true });
    await access(own, constants.W_OK);
    return own;
  } catch {
    return join(home, "cache");
  }
}

/**
 * The bundle of workflow code, built once per version of the sources and of the SDK and kept in a cache folder.
 *
 * Building takes most of a second and a separate process; a worker that finds it built starts at once.
 *
 * @param failureConverterPath a module that converts errors in place of the SDK
 */
export async function workflowBundle(cache: string, failureConverterPath?: string): Promise<WorkflowBundle> {
  const more = failureConverterPath === undefined ? [] : [failureConverterPath];
  const codePath = join(cache, `workflows-${(await version(more)).slice(0, 16)}.js`);
  const kept = await keptBundle(codePath);
  if (kept !== undefined) return kept;
  await promisify(execFile)(process.execPath, [ownModule("engine/worker/bundle/bundle-main"), codePath, ...more]);
  const built = await keptBundle(codePath);
  if (built === undefined) throw new Error(`${codePath} is not what was written to it a moment ago`);
  return built;
}

/** The note beside a bundle: its version, and the digest of its bytes. */
const BundleNote = z.object({ buildId: z.string(), sha256: z.string() });
export type BundleNote = z.output<typeof BundleNote>;

/** The file of a bundle's note. */
export function bundleNoteFile(codePath: string): string {
  return codePath.replace(/\.js$/, ".json");
}

/** A bundle that was built before; undefined if it or its note is damaged, because it must not run under the wrong version. */
async function keptBundle(codePath: string): Promise<WorkflowBundle | undefined> {
  const [code, text] = await Promise.all([codePath, bundleNoteFile(codePath)].map((file) => unlessMissing(readFile(file))));
  const note = BundleNote.safeParse(fromCheckedText(String(text))).data;
  if (code === undefined || note?.sha256 !== digestOf(code)) return undefined;
  return { codePath, buildId: note.buildId };
}

/** The digest of all sources of a bundle, and of the SDK's version. */
async function version(more: readonly string[]): Promise<string> {
  const root = fileURLToPath(new URL("../../../", import.meta.url));
  const files = await Promise.all(
    SOURCES.map(async (folder) => {
      const names = await readdir(join(root, folder), { recursive: true });
      return names
        .filter((name) => /\.[jt]s$/.test(name))
        .sort()
        .map((name) => join(root, folder, name));
    }),
  );
  const contents = await Promise.all(
    [...files.flat(), ...more, fileURLToPath(import.meta.resolve("@temporalio/workflow/package.json"))].map((file) => readFile(file)),
  );
  return digestOf(Buffer.concat(contents));
}
