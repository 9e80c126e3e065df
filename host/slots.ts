import { CrisolError } from "../schemas/error.ts";

/** A number of places, taken in the order of asking. */
export class Slots {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(size: number) {
    this.#free = size;
  }

  /**
   * Take a place as soon as one is free; the returned function gives it back.
   *
   * @throws CrisolError CANCELED when the signal aborts before that
   */
  async take(signal: AbortSignal): Promise<() => void> {
    if (this.#free > 0 && !signal.aborted) this.#free -= 1;
    else await this.#turn(signal);
    return () => this.#giveBack();
  }

  /** A place given back goes to whoever has waited longest. */
  #giveBack(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#free += 1;
    else next();
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const give = () => {
        this.#waiting.delete(give);
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = () => {
        this.#waiting.delete(give);
        reject(leftBeforeItsTurn());
      };
      if (signal.aborted) return leave();
      this.#waiting.add(give);
      signal.addEventListener("abort", leave, { once: true });
    });
  }
}

function leftBeforeItsTurn(): CrisolError {
  return new CrisolError({
    code: "CANCELED",
    what: "the stage was stopped while it waited for a host",
    where: "a worker all of whose slots were taken",
    why: "the run was cancelled, or its worker is shutting down",
    fix: "resume the run",
  });
}
