/**
 * The ISO 639-1 codes of the languages that eld knows, and `und` (ISO 639-2) for a text whose language is undetermined.
 *
 * A copy, because eld carries its data and a pipeline imports only what is light; a test holds the two equal.
 */
// biome-ignore format: a list of codes is read by the line
export const languages = [
  "am", "ar", "az", "be", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "et", "eu",
  "fa", "fi", "fr", "gu", "he", "hi", "hr", "hu", "hy", "is", "it", "ja", "ka", "kn", "ko",
  "ku", "lo", "lt", "lv", "ml", "mr", "ms", "nl", "no", "or", "pa", "pl", "pt", "ro", "ru",
  "sk", "sl", "sq", "sr", "sv", "ta", "te", "th", "tl", "tr", "uk", "ur", "vi", "yo", "zh",
  "und",
] as const;
export type Language = (typeof languages)[number];

export function isLanguage(code: string): code is Language {
  return languages.some((known) => known === code);
}
