/** The output of `crisol gc`; the work is done in store/gc/gc.ts. */
import type { GcReport } from "../../../store/gc/gc.ts";
import { count, size } from "../../../system/text/figures.ts";
import { dim, green } from "../../../system/text/styles.ts";

/** What gc freed, or would free. */
export function renderGc({ dryRun, freed, kept }: GcReport): string {
  const parts = [
    `${count(freed.blobs)} blobs (${size(freed.bytes)})`,
    `${count(freed.records)} records`,
    ...(freed.shards > 0 ? [`${count(freed.shards)} records of shards`] : []),
    ...(freed.heads > 0 ? [`${count(freed.heads)} saved states`] : []),
    ...(freed.temporary > 0 ? [`${count(freed.temporary)} files of processes that have ended`] : []),
  ];
  const stays = dim(`${count(kept.blobs)} blobs (${size(kept.bytes)}) stay`);
  return `${dryRun ? "would free" : `${green("✓")} freed`} ${parts.join(", ")}; ${stays}`;
}
