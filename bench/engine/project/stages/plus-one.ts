/** What every step of the bench does, in a separate file: the bench edits it to see which engine notices. */
export function plusOne(n: number): number {
  return n + 1;
}
