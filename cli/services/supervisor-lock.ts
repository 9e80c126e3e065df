import { DatabaseSync } from "node:sqlite";
import { systemCode } from "../../store/file-errors.ts";

const SQLITE_BUSY = 5;

/**
 * Take the lock that makes a supervisor the only one of its home; undefined when another one holds it.
 *
 * It is the kernel's lock on a file, by way of SQLite: it ends with the process, however that ends, so there is never a stale one to break.
 */
export function takeSupervisorLock(path: string): Disposable | undefined {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec("PRAGMA locking_mode = exclusive; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (systemCode(error) === "ERR_SQLITE_ERROR" && error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY)
      return undefined;
    throw error;
  }
  return { [Symbol.dispose]: () => database.close() };
}
