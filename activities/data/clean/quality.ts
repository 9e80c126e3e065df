/**
 * Whether a text reads like prose: Gopher's quality rules.
 *
 * @see Rae et al. 2021, "Scaling Language Models: Methods, Analysis & Insights from Training Gopher", appendix A1.1
 */
import type { Words } from "../text/words.ts";
import { countStopWords, type StopWordLanguage, stopWordLanguages } from "./stop-words.ts";

/** The thresholds, as parameters of the stage. */
export interface QualityLimits {
  readonly minWords: number;
  readonly maxWords: number;
  readonly minMeanWordLength: number;
  readonly maxMeanWordLength: number;
  readonly maxSymbolRatio: number;
  readonly maxBulletLines: number;
  readonly maxEllipsisLines: number;
  readonly minAlphabeticWords: number;
  readonly minStopWords: number;
  readonly language: StopWordLanguage | "any" | "none";
}

/** Why a document is dropped, and the figure that decided it. */
export interface Verdict {
  readonly reason: string;
  readonly what: string;
}

/** A dash is a bullet only with a space after it: in Spanish and Portuguese a dash opens direct speech. */
const bullet = /^(?:[•‣⁃▪▫◦●○■□]|[-–*+·](?= ))/u;
const ellipsisEnd = /(?:…|\.\.\.)$/;
const letter = /\p{L}/u;
const space = 0x20;
const lineFeed = 0x0a;

/** The first rule that a normalised text breaks; `words` are the words of its lower case. */
export function judgeQuality(text: string, words: Words, limits: QualityLimits): Verdict | undefined {
  const { count } = words;
  if (count < limits.minWords) return { reason: "few_words", what: `${count} words` };
  if (count > limits.maxWords) return { reason: "many_words", what: `${count} words` };
  const verdict = (reason: string, value: number, limit: number, what: string): Verdict | undefined =>
    value > limit ? { reason, what: `${what}: ${round(value)} where ${round(limit)} is allowed` } : undefined;
  const mean = meanLength(words);
  const lines = text.split("\n").filter((line) => line !== "");
  return (
    verdict("long_words", mean, limits.maxMeanWordLength, "mean word length") ??
    (mean < limits.minMeanWordLength ? { reason: "short_words", what: `mean word length: ${round(mean)}` } : undefined) ??
    verdict("hash_signs", occurrences(text, "#") / count, limits.maxSymbolRatio, "# per word") ??
    verdict("ellipses", (occurrences(text, "…") + occurrences(text, "...")) / count, limits.maxSymbolRatio, "ellipses per word") ??
    verdict(
      "bullet_lines",
      share(lines, (line) => bullet.test(line)),
      limits.maxBulletLines,
      "share of bullet lines",
    ) ??
    verdict(
      "ellipsis_lines",
      share(lines, (line) => ellipsisEnd.test(line)),
      limits.maxEllipsisLines,
      "share of lines that end in an ellipsis",
    ) ??
    judgeLetters(text, limits) ??
    judgeStopWords(words, limits)
  );
}

function judgeLetters(text: string, limits: QualityLimits): Verdict | undefined {
  const alphabetic = shareOfAlphabeticWords(text);
  return alphabetic < limits.minAlphabeticWords
    ? { reason: "few_letters", what: `${round(alphabetic)} of the words contain a letter, where ${limits.minAlphabeticWords} must` }
    : undefined;
}

/** Words are separated by spaces and line feeds: a normalised text has no other white space. */
function shareOfAlphabeticWords(text: string): number {
  let [words, alphabetic] = [0, 0];
  let [inWord, hasLetter] = [false, false];
  for (let at = 0; at <= text.length; at += 1) {
    const unit = at < text.length ? text.charCodeAt(at) : space;
    if (unit === space || unit === lineFeed) {
      if (inWord) words += 1;
      if (hasLetter) alphabetic += 1;
      [inWord, hasLetter] = [false, false];
    } else {
      inWord = true;
      if (!hasLetter) hasLetter = unit < 0x80 ? isAsciiLetter(unit) : letter.test(String.fromCodePoint(text.codePointAt(at) ?? 0));
    }
  }
  return words === 0 ? 1 : alphabetic / words;
}

function isAsciiLetter(unit: number): boolean {
  const lower = unit | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

function judgeStopWords(words: Words, { language, minStopWords }: QualityLimits): Verdict | undefined {
  if (language === "none" || minStopWords === 0) return undefined;
  const hashes = words.hashes.subarray(0, words.count);
  const languages = language === "any" ? stopWordLanguages : [language];
  let most = 0;
  for (const each of languages) {
    most = Math.max(most, countStopWords(hashes, each, minStopWords));
    if (most >= minStopWords) return undefined;
  }
  return { reason: "few_stop_words", what: `${most} stop words of ${languages.join(", ")}` };
}

function meanLength({ starts, ends, count }: Words): number {
  let length = 0;
  for (let word = 0; word < count; word += 1) length += (ends[word] ?? 0) - (starts[word] ?? 0);
  return count === 0 ? 0 : length / count;
}

function occurrences(text: string, symbol: string): number {
  let count = 0;
  for (let at = text.indexOf(symbol); at !== -1; at = text.indexOf(symbol, at + symbol.length)) count += 1;
  return count;
}

function share<T>(items: readonly T[], test: (item: T) => boolean): number {
  return items.length === 0 ? 0 : items.filter(test).length / items.length;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
