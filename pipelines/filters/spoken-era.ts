/** A stage of your own: keep the speeches of a range of years. */
import { defineFilter, z } from "crisol";

export const spokenEra = defineFilter(import.meta, {
  name: "spokenEra",
  summary: "keep the speeches of a range of years",
  params: z.object({
    from: z.int().default(1790),
    to: z.int().default(2100),
  }),
  keep({ meta }, { from, to }) {
    if (typeof meta.year !== "number") return "no year";
    if (meta.year < from) return "before the range";
    if (meta.year > to) return "after the range";
    return true;
  },
});
