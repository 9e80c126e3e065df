import { z } from "zod";
import { jsonOrUndefined } from "../../../schemas/json-text.ts";
import { uniqueName } from "../../../system/files/durable-file.ts";
import type { Backend } from "../../objects/backend.ts";

/** A reader that has not said for this long (milliseconds) where it is counts as gone. */
const goneAfterMs = 60_000;
/** How often a reader that stands still says where it is, in milliseconds. */
const renewEveryMs = 20_000;

const Cursor = z.object({ from: z.int().nonnegative() });

/** Where a reader of a series is, for others to see: points that it has not read are not thinned. */
export class SeriesReader {
  readonly #backend: Backend;
  readonly #name: string;
  #from = -1;
  #saidAt = 0;

  constructor(backend: Backend, folder: string) {
    this.#backend = backend;
    this.#name = `${folder}/readers/${uniqueName()}.json`;
  }

  /** Say that everything before a segment has been read. */
  async isAt(from: number): Promise<void> {
    if (from === this.#from && Date.now() - this.#saidAt < renewEveryMs) return;
    [this.#from, this.#saidAt] = [from, Date.now()];
    // a reader of a store that it may not write to gets thinned points
    await this.#backend.overwrite(this.#name, JSON.stringify({ from })).catch(() => undefined);
  }

  async leave(): Promise<void> {
    await this.#backend.remove(this.#name).catch(() => undefined);
  }
}

/** The number of the first point that some reader of a series may still want whole; infinity when there is none. Readers that are gone are removed. */
export async function firstWanted(backend: Backend, folder: string): Promise<number> {
  let first = Number.POSITIVE_INFINITY;
  for await (const page of backend.list(`${folder}/readers`)) {
    for (const name of page) {
      const [stat, text] = [await backend.stat(name), await backend.readText(name)];
      if (stat !== undefined && Date.now() - stat.modified > goneAfterMs) await backend.remove(name);
      else first = Math.min(first, Cursor.safeParse(jsonOrUndefined(text ?? "")).data?.from ?? first);
    }
  }
  return first;
}
