/** Characters that nobody sees: controls, zero-width and bidirectional ones; and those of them that a script needs. */

const lineBreak = /\r\n?|[\v\f\u0085\u2028\u2029]/g;

/** Control, format and non-characters with no use in plain text; line feed, tab, joiners and tags are judged apart. */
const useless =
  /[[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]--[\n\t]]/gv;

const joiners = /[\u200c\u200d]+/g;
const tags = /[\u{e0000}-\u{e007f}]+/gu;
const tagsOfFlag = /^[\u{e0020}-\u{e007e}]{1,16}\u{e007f}$/u;
const blackFlag = 0x1f3f4;

/** Letters and marks of scripts in which a joiner changes the shape, and with it the meaning, of what is beside it. */
const joiningLetter =
  /^[\p{scx=Arab}\p{scx=Syrc}\p{scx=Mong}\p{scx=Nkoo}\p{scx=Adlm}\p{scx=Rohg}\p{scx=Deva}\p{scx=Beng}\p{scx=Guru}\p{scx=Gujr}\p{scx=Orya}\p{scx=Taml}\p{scx=Telu}\p{scx=Knda}\p{scx=Mlym}\p{scx=Sinh}\p{scx=Khmr}\p{scx=Mymr}\p{scx=Tibt}\p{scx=Bali}\p{scx=Java}]$/u;
const letterOrMark = /^[\p{L}\p{M}]$/u;
const emojiBefore = /^(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f|\u{e007f})$/u;
const emojiAfter = /^\p{Extended_Pictographic}$/u;

/**
 * The text without invisible characters, every line break a line feed.
 *
 * Kept: one zero-width joiner or non-joiner after a letter or mark of a script that joins (Arabic with Persian and Urdu, the Indic scripts, Mongolian, ...),
 * a joiner between two emoji, and the tags of a flag.
 *
 * @see Unicode 17, chapter 23.2 (layout controls); UTS #51 (emoji sequences)
 */
export function withoutInvisible(text: string): string {
  return text
    .replace(lineBreak, "\n")
    .replace(useless, "")
    .replace(tags, (run: string, at: number, whole: string) => (before(whole, at) === blackFlag && tagsOfFlag.test(run) ? run : ""))
    .replace(joiners, (run: string, at: number, whole: string) => keptJoiner(run, before(whole, at), whole.codePointAt(at + run.length)));
}

function keptJoiner(run: string, previous: number | undefined, next: number | undefined): string {
  if (previous === undefined) return "";
  if (joins(previous)) return run.charAt(0);
  const left = String.fromCodePoint(previous);
  const joinsEmoji =
    run.startsWith("\u200d") && next !== undefined && emojiBefore.test(left) && emojiAfter.test(String.fromCodePoint(next));
  return joinsEmoji ? "\u200d" : "";
}

const joining = new Map<number, boolean>();

function joins(codePoint: number): boolean {
  let known = joining.get(codePoint);
  if (known === undefined) {
    const character = String.fromCodePoint(codePoint);
    known = letterOrMark.test(character) && joiningLetter.test(character);
    joining.set(codePoint, known);
  }
  return known;
}

function before(text: string, at: number): number | undefined {
  if (at === 0) return undefined;
  const last = text.charCodeAt(at - 1);
  const isLow = last >= 0xdc00 && last < 0xe000 && at > 1;
  return isLow ? text.codePointAt(at - 2) : last;
}
