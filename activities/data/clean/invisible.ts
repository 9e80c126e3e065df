/** Invisible characters: controls, zero-width and bidirectional ones; and those of them that a script needs. */

const lineBreak = /\r\n?|[\v\f\u0085\u2028\u2029]/g;

/** Control, format and non-characters with no use in plain text; line feed, tab, joiners and tags are handled separately. */
const useless =
  /[[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]--[\n\t]]/gv;

/** One selects a letter's form; more of them in a row select nothing, and can hide any bytes. */
const variationSelectors = /([\ufe00-\ufe0f\u{e0100}-\u{e01ef}])[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]+/gu;

const joiners = /[\u200c\u200d]+/g;
const tags = /[\u{e0000}-\u{e007f}]+/gu;
const tagsOfFlag = /^[\u{e0020}-\u{e007e}]{1,16}\u{e007f}$/u;
const blackFlag = 0x1f3f4;

/** Letters of scripts in which a joiner changes the shape, and with it the meaning, of its neighbours. */
const joiningScripts = "Arab Syrc Mong Nkoo Adlm Rohg Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh Khmr Mymr Tibt Bali Java".split(
  " ",
);
const joiningLetter = new RegExp(`^[[${joiningScripts.map((script) => `\\p{sc=${script}}`).join("")}]&&\\p{L}]$`, "v");
const mark = /^\p{M}$/u;
const emojiBefore = /^(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f|\u{e007f})$/u;
const emojiAfter = /^\p{Extended_Pictographic}$/u;

/**
 * The text without invisible characters, with line feeds as the only line breaks.
 *
 * Kept: one zero-width joiner or non-joiner after a letter, with its marks, of a script that joins (Arabic with Persian and Urdu, the Indic
 * scripts, Mongolian, ...), a joiner between two emoji, and the tags of a flag.
 *
 * @see Unicode 17, chapter 23.2 (layout controls); UTS #51 (emoji sequences)
 */
export function withoutInvisible(text: string): string {
  const visible = text
    .replace(lineBreak, "\n")
    .replace(useless, "")
    .replace(variationSelectors, "$1")
    .replace(tags, (run: string, at: number, whole: string) => (before(whole, at) === blackFlag && tagsOfFlag.test(run) ? run : ""));
  return withoutIdleJoiners(visible);
}

function withoutIdleJoiners(text: string): string {
  let seen = 0;
  let letterJoins = false;
  return text.replace(joiners, (run: string, at: number) => {
    // the letter under the marks, searched for no further back than the last joiner, so that the whole is linear
    for (let end = at; end > seen; ) {
      const codePoint = before(text, end) ?? 0;
      end -= codePoint > 0xffff ? 2 : 1;
      if (is(mark, codePoint)) continue;
      letterJoins = is(joiningLetter, codePoint);
      break;
    }
    seen = at + run.length;
    if (letterJoins) return run.charAt(0);
    const next = text.codePointAt(seen);
    return run.startsWith("\u200d") && is(emojiBefore, before(text, at)) && is(emojiAfter, next) ? "\u200d" : "";
  });
}

const known = new Map<RegExp, Map<number, boolean>>();

/** Whether a character matches: memoized, because regular expressions over Unicode properties are slow. */
function is(pattern: RegExp, codePoint: number | undefined): boolean {
  if (codePoint === undefined) return false;
  let answers = known.get(pattern);
  if (answers === undefined) {
    answers = new Map();
    known.set(pattern, answers);
  }
  let answer = answers.get(codePoint);
  if (answer === undefined) {
    answer = pattern.test(String.fromCodePoint(codePoint));
    answers.set(codePoint, answer);
  }
  return answer;
}

function before(text: string, at: number): number | undefined {
  if (at === 0) return undefined;
  const last = text.charCodeAt(at - 1);
  const isLow = last >= 0xdc00 && last < 0xe000 && at > 1;
  return isLow ? text.codePointAt(at - 2) : last;
}
