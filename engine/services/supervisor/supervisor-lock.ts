import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { systemCode } from "../../../system/files/file-errors.ts";

const SQLITE_BUSY = 5;

/** The lock of a home's supervisor, held. */
export interface SupervisorLock extends Disposable {
  /** Whether its file is still in place; it is not if the home was moved or deleted, perhaps replaced by another. */
  isInPlace(): boolean;
}

/**
 * Take the lock that makes a supervisor the only one of its home; undefined if another one holds it.
 *
 * It is the kernel's lock on a file, taken through SQLite: it ends with the process, however that ends, so there is never a stale lock to break.
 */
export function takeSupervisorLock(path: string): SupervisorLock | undefined {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec("PRAGMA locking_mode = exclusive; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (systemCode(error) === "ERR_SQLITE_ERROR" && error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY)
      return undefined;
    throw error;
  }
  const file = inodeOf(path);
  return { isInPlace: () => inodeOf(path) === file, [Symbol.dispose]: () => database.close() };
}

function inodeOf(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
}
