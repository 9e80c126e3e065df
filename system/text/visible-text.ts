/** Control and format characters, private and unassigned ones, lone surrogates: but line feeds, tabs, and the joiners that scripts and emoji need. */
const invisible = /(?![\n\t\u200c\u200d])\p{C}/gu;

/**
 * A text with what nobody can see in it escaped ("\u{feff}"): marks of byte order, bidirectional controls, a terminal's commands.
 *
 * For texts that may hold what somebody else wrote: names of files, contents of records, lines of a log.
 */
export function visible(text: string): string {
  return text.replace(invisible, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
