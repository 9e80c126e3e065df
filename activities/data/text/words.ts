/** Words, by Unicode properties: a run of letters, marks and digits; in scripts written without spaces, each character. */

const separator = 0;
const inWord = 1;
const alone = 2;

const wordCharacter = /[\p{L}\p{M}\p{N}]/u;
const unspacedScript = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;

/** A class for each UTF-16 unit; surrogates are looked up by code point. */
const classes = new Uint8Array(0x10000);
let classesKnown = false;

function classOf(codePoint: number): number {
  const character = String.fromCodePoint(codePoint);
  return wordCharacter.test(character) ? (unspacedScript.test(character) ? alone : inWord) : separator;
}

function learnClasses(): void {
  for (let unit = 0; unit < 0x10000; unit += 1) classes[unit] = classOf(unit);
  classesKnown = true;
}

/** The words of a text: valid until the next scan of the same scanner. */
export interface Words {
  readonly count: number;
  /** 32-bit hash of each word, mixed well. */
  readonly hashes: Uint32Array;
  /** Where each word starts and ends, in UTF-16 units of the text. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** Finds words; reuses its buffers. */
export class WordScanner {
  #hashes = new Uint32Array(1024);
  #starts = new Uint32Array(1024);
  #ends = new Uint32Array(1024);
  #count = 0;

  /** The words of a text as it is: fold its case first if case must not count. */
  scan(text: string): Words {
    if (!classesKnown) learnClasses();
    this.#count = 0;
    let start = -1;
    let hash = 0;
    for (let at = 0; at < text.length; ) {
      const unit = text.charCodeAt(at);
      let kind = classes[unit];
      let code = unit;
      let width = 1;
      if (unit >= 0xd800 && unit < 0xdc00) {
        code = text.codePointAt(at) ?? unit;
        kind = classOf(code);
        width = code > 0xffff ? 2 : 1;
      }
      if (kind === inWord) {
        if (start === -1) {
          start = at;
          hash = 0x811c9dc5;
        }
        hash = Math.imul(hash ^ code, 0x01000193);
      } else {
        if (start !== -1) this.#add(hash, start, at);
        start = -1;
        if (kind === alone) this.#add(Math.imul(0x811c9dc5 ^ code, 0x01000193), at, at + width);
      }
      at += width;
    }
    if (start !== -1) this.#add(hash, start, text.length);
    return { count: this.#count, hashes: this.#hashes, starts: this.#starts, ends: this.#ends };
  }

  #add(hash: number, start: number, end: number): void {
    const index = this.#count;
    if (index === this.#hashes.length) this.#grow();
    this.#hashes[index] = mix(hash);
    this.#starts[index] = start;
    this.#ends[index] = end;
    this.#count = index + 1;
  }

  #grow(): void {
    const grown = (old: Uint32Array): Uint32Array<ArrayBuffer> => {
      const larger = new Uint32Array(old.length * 2);
      larger.set(old);
      return larger;
    };
    this.#hashes = grown(this.#hashes);
    this.#starts = grown(this.#starts);
    this.#ends = grown(this.#ends);
  }
}

/** Spread every bit of a 32-bit number over all of them. @see MurmurHash3's finaliser, public domain */
export function mix(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
