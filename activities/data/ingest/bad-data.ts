import { CrisolError } from "../../../schemas/error.ts";
import type { StageReport } from "../../../schemas/record.ts";

/**
 * Refuse data if too much of it is unusable, or nothing is usable.
 *
 * @throws CrisolError BAD_DATA with the counts by reason and the first example of each.
 */
export function refuseBadData({ in: read = 0, out = 0, dropped = {}, examples = {} }: StageReport, maxBad: number): void {
  const bad = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  if (out > 0 && bad / read <= maxBad) return; // the quotient, not the product: 0.29 * 100 is below 29
  const reasons = Object.entries(dropped).sort(([, a], [, b]) => b - a);
  const counts = reasons.map(([reason, count]) => `${reason} ${count}`).join(", ");
  const shown = reasons.flatMap(([reason]) => examples[reason]?.slice(0, 2).map(({ where, what }) => `${where}: ${reason}: ${what}`) ?? []);
  throw new CrisolError({
    code: "BAD_DATA",
    what:
      read === 0
        ? "the files hold no records"
        : bad === read
          ? `none of ${read} records is usable: ${counts}`
          : `${bad} of ${read} records are unusable (${percent(bad / read)}; at most ${percent(maxBad)} may be): ${counts}`,
    where: shown.slice(0, 10).join("\n") || "every file",
    why: "data that is broken to such a degree is usually not what it was taken for: another field, another format, a download cut short",
    fix: `repair or leave out the files named above${remedies(dropped)}, or allow more with \`maxBad\``,
  });
}

/** The remedies that the reasons suggest, each once. */
function remedies(dropped: NonNullable<StageReport["dropped"]>): string {
  const isDropped = (...reasons: string[]): boolean => reasons.some((reason) => dropped[reason] !== undefined);
  return [
    isDropped("missing_text", "text_is_no_string") ? ", set `text` to the field that holds the text" : "",
    isDropped("broken_json", "not_an_object", "too_long")
      ? ', set `format` if a file is not what its ending says (`format: "jsonl"` for JSON Lines in a .json file)'
      : "",
    isDropped("too_long") ? ", raise `maxLine`" : "",
    isDropped("schema") ? ", correct `schema` if it asks for what the records need not have" : "",
    isDropped("invalid_utf8") ? ", convert them to UTF-8 (`iconv -t utf-8`)" : "",
    isDropped("bomb") ? ", raise `maxRatio` or `maxFile` if you trust them" : "",
  ].join("");
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
