import { randomUUID } from "node:crypto";
import { open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { Digest } from "../../schemas/digest.ts";
import { CrisolError } from "../../schemas/error.ts";
import { jsonOrUndefined } from "../../schemas/json-text.ts";

const Pins = z.object({
  pattern: z.array(z.string()),
  files: z.record(z.string(), z.object({ bytes: z.int().nonnegative(), sha256: Digest })),
});

/** What `crisol.lock.json` holds: per pipeline and source, the files that were there when it first ran. */
export const LockFile = z.object({ version: z.literal(1), pipelines: z.record(z.string(), z.record(z.string(), Pins)) });
export type LockFile = z.output<typeof LockFile>;

/** The lock file of a project; belongs into version control. */
export function lockPath(project: string): string {
  return join(project, "crisol.lock.json");
}

/**
 * Read a project's lock file; an empty one where there is none.
 *
 * @throws CrisolError CONFIG_INVALID when the file is no valid lock file.
 */
export async function readLock(project: string): Promise<LockFile> {
  const text = await readText(lockPath(project));
  if (text === undefined) return { version: 1, pipelines: {} };
  const parsed = LockFile.safeParse(jsonOrUndefined(text));
  if (parsed.success) return parsed.data;
  throw new CrisolError({
    code: "CONFIG_INVALID",
    what: "the lock file cannot be read",
    where: `${lockPath(project)}: ${parsed.error.issues[0]?.path.join(".") ?? ""}: ${parsed.error.issues[0]?.message ?? ""}`,
    why: "without its pins, crisol cannot know whether the raw data changed",
    fix: "restore it from version control; or, if you trust the data as it is, delete it, and the next run pins the data again",
  });
}

/** Replace the lock file in one step, unless its contents are the same already. */
export async function writeLock(project: string, lock: LockFile): Promise<void> {
  const path = lockPath(project);
  const text = formatLock(lock);
  if ((await readText(path)) === text) return;
  const draft = `${path}.${randomUUID()}`;
  try {
    const handle = await open(draft, "wx");
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** Sorted, one file a line: a changed file is one changed line in a diff. */
function formatLock(lock: LockFile): string {
  const pipelines = block(lock.pipelines, "  ", (sources) =>
    block(sources, "    ", (pins) => {
      const files = block(pins.files, "        ", ({ bytes, sha256 }) => `{ "bytes": ${bytes}, "sha256": "${sha256}" }`);
      return `{\n        "pattern": ${JSON.stringify(pins.pattern)},\n        "files": ${files}\n      }`;
    }),
  );
  return `{\n  "version": 1,\n  "pipelines": ${pipelines}\n}\n`;
}

function block<T>(members: { readonly [name: string]: T }, indent: string, write: (member: T) => string): string {
  const names = Object.keys(members).sort();
  const lines = names.flatMap((name) => {
    const member = members[name];
    return member === undefined ? [] : [`${indent}  ${JSON.stringify(name)}: ${write(member)}`];
  });
  return lines.length === 0 ? "{}" : `{\n${lines.join(",\n")}\n${indent}}`;
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
