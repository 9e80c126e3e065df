/**
 * The form in which texts are compared: lower case, composed accents, and one space for anything but letters, marks and digits.
 *
 * Accents count: "año" is not "ano", nor "público" "publicó". Case, punctuation, white space and line breaks do not.
 */
import { nfc } from "../text/nfc.ts";
import type { WordScanner, Words } from "../text/words.ts";

/** A text reduced to what is compared, with its words. The words are valid until the scanner's next scan. */
export interface Folded {
  readonly text: string;
  readonly words: Words;
}

/** Fold a text's case and find its words. */
export function fold(text: string, scanner: WordScanner): Folded {
  const folded = nfc(nfc(text).toLowerCase());
  return { text: folded, words: scanner.scan(folded) };
}

/** The words with a space after each: equal for texts that differ in nothing that counts. A text without words is kept as it is. */
export function essence({ text, words }: Folded): string {
  if (words.count === 0) return text;
  const parts: string[] = [];
  for (let word = 0; word < words.count; word += 1) parts.push(text.slice(words.starts[word], words.ends[word]));
  return `${parts.join(" ")} `;
}
