import type { Manifest } from "../../../schemas/artifact.ts";
import { kindOf } from "../../../schemas/kinds.ts";
import { contents, count } from "../../../system/text/figures.ts";

/** What an artifact holds, in a line, as its kind's declaration says: "300 vectors of 64 dimensions"; else its counts: "49 documents, 1 shard". */
export function shownContents(manifest: Manifest): string {
  const { shown } = kindOf(manifest);
  if (shown === undefined) return contents(manifest.counts);
  return shown.replace(/\{([^{}]+)\}/g, (_, name: string) => {
    const value = manifest.counts[name] ?? manifest.meta[name];
    if (value === undefined) return "?";
    return typeof value === "number" ? count(value) : typeof value === "string" ? value : JSON.stringify(value);
  });
}
