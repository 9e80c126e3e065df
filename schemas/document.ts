import { z } from "zod";
import { JsonObject } from "./json.ts";

/**
 * A document, as a line of a shard holds it.
 *
 * `id` is the first 32 hexadecimal digits of the sha-256 of `source`, a line feed, and `text` as ingested; later stages may change `text`, never `id`.
 * `source` names the file and the record in it ("data/1790.json#0").
 */
export const Document = z.object({
  id: z.string().regex(/^[0-9a-f]{32}$/),
  text: z.string(),
  source: z.string(),
  meta: JsonObject,
});
export type Document = z.output<typeof Document>;
