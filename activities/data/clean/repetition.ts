/**
 * Whether a text repeats itself: Gopher's repetition rules.
 *
 * @see Rae et al. 2021, table A1; here only the characters of words count
 */
import { mix, type Words } from "../text/words.ts";
import { HashCounts } from "./hash-counts.ts";
import type { Verdict } from "./quality.ts";

/** The thresholds, as parameters of the stage: shares of lines, of paragraphs, and of characters. */
export interface RepetitionLimits {
  readonly duplicateLines: number;
  readonly duplicateParagraphs: number;
  readonly duplicateLineCharacters: number;
  readonly duplicateParagraphCharacters: number;
  /** For n = 2, 3, 4: the share of characters in the most common n-gram. */
  readonly topNgrams: readonly number[];
  /** For n = 5, 6, ...: the share of characters in n-grams that occurred before. */
  readonly duplicateNgrams: readonly number[];
}

/** The first rule that a text breaks; `words` are the words of its lower case. */
export function judgeRepetition(text: string, words: Words, limits: RepetitionLimits): Verdict | undefined {
  const verdict = (reason: string, value: number, limit: number): Verdict | undefined =>
    value > limit ? { reason, what: `share: ${Number(value.toPrecision(3))} where ${limit} is allowed` } : undefined;
  const lines = duplicates(text.split("\n"));
  const paragraphs = duplicates(text.split("\n\n"));
  const broken =
    verdict("duplicate_lines", lines.items, limits.duplicateLines) ??
    verdict("duplicate_paragraphs", paragraphs.items, limits.duplicateParagraphs) ??
    verdict("duplicate_line_characters", lines.characters, limits.duplicateLineCharacters) ??
    verdict("duplicate_paragraph_characters", paragraphs.characters, limits.duplicateParagraphCharacters);
  if (broken !== undefined) return broken;
  const ngrams = new Ngrams(words);
  for (const limit of limits.topNgrams) {
    const { size } = ngrams.lengthen();
    const top = verdict(`top_${size}gram`, ngrams.topShare(), limit);
    if (top !== undefined) return top;
  }
  while (ngrams.size < 4) ngrams.lengthen();
  for (const limit of limits.duplicateNgrams) {
    const { size } = ngrams.lengthen();
    const duplicate = verdict(`duplicate_${size}grams`, ngrams.duplicateShare(), limit);
    if (duplicate !== undefined) return duplicate;
  }
  return undefined;
}

function duplicates(items: readonly string[]): { items: number; characters: number } {
  const seen = new Set<string>();
  let [count, repeated, length, repeatedLength] = [0, 0, 0, 0];
  for (const item of items) {
    if (item === "") continue;
    count += 1;
    length += item.length;
    if (seen.has(item)) {
      repeated += 1;
      repeatedLength += item.length;
    } else seen.add(item);
  }
  return count === 0 ? { items: 0, characters: 0 } : { items: repeated / count, characters: repeatedLength / length };
}

const counts = new HashCounts();

/** The n-grams of a text, by 32-bit hash, for growing n. */
class Ngrams {
  readonly #words: Words;
  readonly #hashes: Uint32Array;
  /** The number of characters in the words before each word. */
  readonly #before: Float64Array;
  size = 1;

  constructor(words: Words) {
    this.#words = words;
    this.#hashes = words.hashes.slice(0, words.count);
    this.#before = new Float64Array(words.count + 1);
    for (let word = 0; word < words.count; word += 1) {
      this.#before[word + 1] = (this.#before[word] ?? 0) + (words.ends[word] ?? 0) - (words.starts[word] ?? 0);
    }
  }

  /** Make each n-gram one word longer. */
  lengthen(): this {
    const { hashes, count } = this.#words;
    for (let word = 0; word + this.size < count; word += 1) {
      this.#hashes[word] = mix(Math.imul(this.#hashes[word] ?? 0, 0x9e3779b1) ^ (hashes[word + this.size] ?? 0));
    }
    this.size += 1;
    return this;
  }

  /** Characters of the most common n-gram (the longest, if several tie) times its count, over all; 0 when none occurs twice. */
  topShare(): number {
    const last = this.#words.count - this.size;
    counts.clear(last + 1);
    let [most, length] = [1, 0];
    for (let word = 0; word <= last; word += 1) {
      const count = counts.add(this.#hashes[word] ?? 0);
      if (count < most || count === 1) continue;
      const characters = this.#characters(word, word + this.size);
      if (count > most || characters > length) [most, length] = [count, characters];
    }
    return most === 1 ? 0 : (most * length) / this.#characters(0, this.#words.count);
  }

  /** Characters in n-grams that occurred earlier in the text, each counted once, over all. */
  duplicateShare(): number {
    const last = this.#words.count - this.size;
    counts.clear(last + 1);
    let [covered, characters] = [0, 0];
    for (let word = 0; word <= last; word += 1) {
      if (counts.add(this.#hashes[word] ?? 0) === 1) continue;
      characters += this.#characters(Math.max(word, covered), word + this.size);
      covered = word + this.size;
    }
    return characters === 0 ? 0 : characters / this.#characters(0, this.#words.count);
  }

  #characters(from: number, to: number): number {
    return (this.#before[to] ?? 0) - (this.#before[from] ?? 0);
  }
}
