/** Words so common that running text of a language holds some of them. English: Gopher's list (Rae et al. 2021, appendix A1.1). */
import { WordScanner } from "../text/words.ts";

export const stopWordLanguages = ["en", "es", "pt"] as const;
export type StopWordLanguage = (typeof stopWordLanguages)[number];

const lists: { readonly [L in StopWordLanguage]: string } = {
  en: "the be to of and that have with",
  es: "de la el que y en los las se del por con para una",
  pt: "de a o que e do da em os as um uma para com não",
};

const hashesOf = (words: string): ReadonlySet<number> => {
  const { hashes, count } = new WordScanner().scan(words);
  return new Set(hashes.subarray(0, count));
};
const hashes: { readonly [L in StopWordLanguage]: ReadonlySet<number> } = {
  en: hashesOf(lists.en),
  es: hashesOf(lists.es),
  pt: hashesOf(lists.pt),
};

/** How many different stop words of a language are among the words, given by hash of their lower case; counts no further than `enough`. */
export function countStopWords(words: Uint32Array, language: StopWordLanguage, enough: number): number {
  const seen = new Set<number>();
  for (const word of words) {
    if (!hashes[language].has(word)) continue;
    seen.add(word);
    if (seen.size >= enough) break;
  }
  return seen.size;
}
