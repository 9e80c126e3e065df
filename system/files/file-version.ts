import type { BigIntStats } from "node:fs";

/** What changes whenever a file's bytes may have changed: device, inode, size and times. */
export function fileVersion(stat: Pick<BigIntStats, "dev" | "ino" | "size" | "mtimeNs" | "ctimeNs">): string {
  return `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`;
}
