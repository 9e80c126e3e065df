/** More marks on one letter than any script uses. */
const tooManyMarks = /(\p{M}{30})\p{M}+/gu;

/**
 * A text in Unicode NFC, with at most 30 marks on a letter.
 *
 * Normalising sorts the marks of a letter in quadratic time: ten thousand of them would take seconds, ten million would take for ever.
 *
 * @see UAX #15, section 13, Stream-Safe Text Format
 */
export function nfc(text: string): string {
  return text.replace(tooManyMarks, "$1").normalize("NFC").replace(tooManyMarks, "$1");
}
