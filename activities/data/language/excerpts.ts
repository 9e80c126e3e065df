/** What the detector sees of a text: at most this many excerpts, of about this many characters (UTF-16 units). */
export const MOST_EXCERPTS = 16;
export const EXCERPT_LENGTH = 300;

/** How far back from a cut a word boundary is looked for; scripts without spaces are cut anywhere. */
const LONGEST_WORD = 64;

/**
 * Excerpts of a text, in order and spread evenly over it, cut between words.
 *
 * A text of up to 4,800 characters is divided whole; of a longer one all excerpts together are that long, whatever its length.
 */
export function excerptsOf(text: string): string[] {
  const count = Math.min(MOST_EXCERPTS, Math.ceil(text.length / EXCERPT_LENGTH));
  const start = (index: number): number => Math.floor((index * text.length) / count);
  return Array.from({ length: count }, (_, index) => {
    const end = Math.min(start(index) + EXCERPT_LENGTH, start(index + 1));
    return text.slice(wordBoundary(text, start(index)), wordBoundary(text, end));
  });
}

function wordBoundary(text: string, at: number): number {
  if (at === 0 || at === text.length) return at;
  for (let near = at; near > Math.max(0, at - LONGEST_WORD); near -= 1) if (/\s/.test(text.charAt(near - 1))) return near;
  return at;
}
