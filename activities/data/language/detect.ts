import { eld } from "eld/small";
import { nfc } from "../text/nfc.ts";
import { excerptsOf } from "./excerpts.ts";
import { isLanguage, type Language } from "./languages.ts";

const detector = eld.newInstance();
// without addresses and numbers
detector.enableTextCleanup(true);

/**
 * The language that most excerpts of a text are in; of equally many, the one that comes first. "und" if no excerpt shows its language reliably.
 *
 * The detector itself looks at the first 350 bytes of what it is given: without excerpts a long text's heading would decide.
 */
export function languageOf(text: string): Language {
  const votes = new Map<Language, number>();
  for (const excerpt of excerptsOf(text.trim())) {
    const found = detector.detect(nfc(excerpt));
    if (isLanguage(found.language) && found.isReliable()) votes.set(found.language, (votes.get(found.language) ?? 0) + 1);
  }
  const most = Math.max(...votes.values());
  return [...votes].find(([, count]) => count === most)?.[0] ?? "und";
}
