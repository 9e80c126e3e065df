import type { Tally } from "../../dsl/tally.ts";
import { CrisolError } from "../../schemas/error.ts";

/**
 * Refuse data of which too much is unusable, or nothing is usable.
 *
 * @throws CrisolError BAD_DATA with the counts by reason and the first example of each.
 */
export function refuseBadData(tally: Tally, maxBad: number): void {
  const { bad, in: read, out } = tally;
  if (out > 0 && bad <= maxBad * read) return;
  const reasons = Object.entries(tally.dropped).sort(([, a], [, b]) => b - a);
  const counts = reasons.map(([reason, count]) => `${reason} ${count}`).join(", ");
  const examples = reasons.flatMap(
    ([reason]) => tally.examples[reason]?.slice(0, 2).map(({ where, what }) => `${where}: ${reason}: ${what}`) ?? [],
  );
  throw new CrisolError({
    code: "BAD_DATA",
    what:
      read === 0
        ? "the files hold no record"
        : `${bad} of ${read} records are unusable (${percent(bad / read)}; at most ${percent(maxBad)} may be): ${counts}`,
    where: examples.slice(0, 10).join("\n") || "every file",
    why: "data that is broken to such a degree is mostly not what it was taken for: another field, another format, a download cut short",
    fix: "mend or leave out the files named above, set `text` to the field that holds the text, or allow more with `maxBad`",
  });
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
