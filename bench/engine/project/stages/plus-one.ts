/** What every step of the bench does, in a file of its own: the bench edits it to see who notices. */
export function plusOne(n: number): number {
  return n + 1;
}
