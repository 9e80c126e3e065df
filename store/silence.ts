/**
 * How long nothing was heard of somebody, by this process's own clock.
 *
 * The time that this process itself stood still (stopped, or blocked) does not count: what was said meanwhile has not been read yet.
 */
export class Silence {
  readonly #longestLookMs: number;
  #lasted = 0;
  #looked = performance.now();

  /** @param longestLookMs milliseconds that one look adds at most: a few times as many as lie between two looks */
  constructor(longestLookMs: number) {
    this.#longestLookMs = longestLookMs;
  }

  /** There was a sign. */
  heard(): void {
    this.#lasted = 0;
  }

  /** Milliseconds since the last sign, or since this was made. To be asked again and again. */
  look(): number {
    const now = performance.now();
    this.#lasted += Math.min(now - this.#looked, this.#longestLookMs);
    this.#looked = now;
    return this.#lasted;
  }
}
