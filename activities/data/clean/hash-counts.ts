/** Counts of 32-bit hashes, in a table that is reused. */
export class HashCounts {
  #hashes = new Uint32Array(1024);
  #counts = new Uint32Array(1024);
  #mask = 1023;

  /** Clear the counts, and make room for this many hashes. */
  clear(capacity: number): void {
    let size = 1024;
    while (size < capacity * 2) size *= 2;
    if (size > this.#hashes.length) {
      this.#hashes = new Uint32Array(size);
      this.#counts = new Uint32Array(size);
    } else this.#counts.fill(0, 0, size);
    this.#mask = size - 1;
  }

  /** Count a hash; returns how often it has occurred, this time included. */
  add(hash: number): number {
    let slot = hash & this.#mask;
    while (this.#counts[slot] !== 0 && this.#hashes[slot] !== hash) slot = (slot + 1) & this.#mask;
    this.#hashes[slot] = hash;
    const count = (this.#counts[slot] ?? 0) + 1;
    this.#counts[slot] = count;
    return count;
  }
}
