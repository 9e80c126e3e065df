/**
 * Measures how long there has been no sign of life, by this process's own clock.
 *
 * Time during which this process itself was stopped or blocked does not count: signs that came meanwhile have not been read yet.
 */
export class LivenessClock {
  readonly #longestLookMs: number;
  #lasted = 0;
  #looked = performance.now();

  /** @param longestLookMs milliseconds that one look adds at most: a few times the interval between looks */
  constructor(longestLookMs: number) {
    this.#longestLookMs = longestLookMs;
  }

  /** Note a sign of life. */
  heard(): void {
    this.#lasted = 0;
  }

  /** Milliseconds since the last sign, or since this was created. Call it at regular intervals. */
  look(): number {
    const now = performance.now();
    this.#lasted += Math.min(now - this.#looked, this.#longestLookMs);
    this.#looked = now;
    return this.#lasted;
  }
}
