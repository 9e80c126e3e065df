/**
 * The nodes of a batch that are still to be run: given back to the run when one before them takes long, so that others can run them.
 *
 * That a batch takes long is reported to the run in any case: others may need what it has made so far.
 */
export class RemainingNodes {
  readonly #nodes: string[];
  readonly #giveBack: (nodes: readonly string[]) => Promise<void>;
  readonly #timer: NodeJS.Timeout;
  #given: Promise<void> = Promise.resolve();
  #late = false;

  /**
   * @param takesMs how long a batch is meant to take
   * @param giveBack reports to the run which nodes this batch will not run
   */
  constructor(nodes: readonly string[], takesMs: number, giveBack: (nodes: readonly string[]) => Promise<void>) {
    this.#nodes = [...nodes];
    this.#giveBack = giveBack;
    this.#timer = setTimeout(() => this.#isLate(), takesMs);
  }

  /** The next node to run; undefined when there is none left, or no time. */
  async next(): Promise<string | undefined> {
    await this.#given;
    return this.#late ? undefined : this.#nodes.shift();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #isLate(): void {
    this.#late = true;
    // whether or not the run receives this, the batch ends after the current node: the run takes back what it has not begun
    this.#given = this.#giveBack(this.#nodes.splice(0)).catch(() => undefined);
  }
}
