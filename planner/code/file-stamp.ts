import { type BigIntStats, statSync } from "node:fs";

/** Looks at each file once: the result of its `stat` stands for its contents. */
export class FileStamps {
  readonly #seen = new Map<string, string>();

  /**
   * A text that changes whenever the file's contents do: no program can set the time of the last status change (`ctime`).
   *
   * "missing" for a file that is not there.
   */
  of(path: string): string {
    let stamp = this.#seen.get(path);
    if (stamp === undefined) {
      const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
      stamp = stat === undefined ? "missing" : `${stat.mtimeNs}:${stat.ctimeNs}:${stat.size}:${stat.ino}`;
      this.#seen.set(path, stamp);
    }
    return stamp;
  }
}

/**
 * Whether a file may have changed after a moment without its stamp showing it: file systems keep times coarsely.
 *
 * @param moment milliseconds since 1970.
 */
export function changedAround(path: string, moment: number): boolean {
  const stat: BigIntStats | undefined = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat !== undefined && stat.ctimeMs >= BigInt(Math.floor(moment) - 50);
}
