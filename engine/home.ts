import { randomUUID } from "node:crypto";
import { realpathSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { CrisolError } from "../schemas/error.ts";
import { systemCode, writing } from "../system/files/file-errors.ts";

/** The folder that holds everything crisol keeps for a project on this machine, and the paths in it. */
export interface Home {
  readonly folder: string;
  readonly store: string;
  /** The Temporal server's database and port. */
  readonly temporal: string;
  readonly logs: string;
  /** The processes that run for this home; written only by its supervisor. */
  readonly services: string;
  /** Held by the supervisor while it lives. */
  readonly supervisorLock: string;
  /** Touched whenever a command uses the services: idle time counts from here. */
  readonly lastUse: string;
}

/** The home in a folder, by its real path: services and queues are named after it, so a link must give the same. Nothing is written. */
export function homeAt(folder: string): Home {
  const at = realName(resolve(folder));
  return {
    folder: at,
    store: join(at, "store"),
    temporal: join(at, "temporal"),
    logs: join(at, "logs"),
    services: join(at, "services.json"),
    supervisorLock: join(at, "supervisor.lock"),
    lastUse: join(at, "last-use"),
  };
}

/** A path without links, as far as it exists. */
function realName(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const above = dirname(path);
    return above === path ? path : join(realName(above), basename(path));
  }
}

/**
 * Create a home's folders, and make sure that they can be written.
 *
 * @throws CrisolError STORE_UNWRITABLE, STORE_FULL, or CONFIG_INVALID if there is a file where the home should be.
 */
export async function prepareHome(home: Home): Promise<void> {
  const folders = homeFolders(home);
  await writing(home.folder, async () => {
    try {
      for (const folder of folders) await mkdir(folder, { recursive: true });
    } catch (error) {
      throw systemCode(error) === "EEXIST" || systemCode(error) === "ENOTDIR" ? notAFolder(home, error) : error;
    }
    await ignore(home.folder);
  });
  for (const folder of folders) {
    await writing(folder, async () => {
      const probe = join(folder, `.probe-${randomUUID()}`);
      // a full disk refuses bytes, not names
      await writeFile(probe, Buffer.alloc(4096));
      await rm(probe);
    });
  }
}

/** The folders of a home that are written to: each may be a link, or another disk. */
export function homeFolders({ folder, store, temporal, logs }: Home): string[] {
  return [folder, store, temporal, logs];
}

/** Keep the home out of git, whatever the project ignores: it contains the signing key. */
async function ignore(folder: string): Promise<void> {
  await writeFile(join(folder, ".gitignore"), "*\n", { flag: "wx" }).catch((error: unknown) => {
    if (systemCode(error) !== "EEXIST") throw error;
  });
}

function notAFolder(home: Home, cause: unknown): CrisolError {
  return new CrisolError(
    {
      code: "CONFIG_INVALID",
      what: "the home is not a folder",
      where: home.folder,
      why: "the store, the server's database and the logs are kept in it",
      fix: "name a folder with --home or CRISOL_HOME, or move that file away",
    },
    { cause },
  );
}
