/** More marks on one letter than any script uses, and so many at a time that matching them needs little stack. */
const tooManyMarks = /(\p{M}{30})\p{M}{1,1000}/gu;

/**
 * A text in Unicode NFC, with at most 30 marks on a letter.
 *
 * Normalising sorts the marks of a letter in quadratic time: ten thousand of them would take seconds, ten million would take for ever.
 *
 * @see UAX #15, section 13, Stream-Safe Text Format
 */
export function nfc(text: string): string {
  return withFewMarks(withFewMarks(text).normalize("NFC"));
}

/** A text in which the first 30 marks of each letter are left. */
function withFewMarks(text: string): string {
  const fewer = text.replace(tooManyMarks, "$1");
  return fewer.length === text.length ? text : withFewMarks(fewer);
}
