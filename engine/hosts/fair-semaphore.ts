import { CrisolError } from "../../schemas/error.ts";

/** A request for a slot. */
export interface Asker {
  /** The run that the work belongs to: waiting runs take turns. */
  readonly run: string;
  /** When the work that this is a part of started, in milliseconds: within a run the earliest goes first, so that work that was started gets finished. */
  readonly sinceMs: number;
  /** Aborts when the slot is no longer wanted. */
  readonly signal: AbortSignal;
}

/** A waiting request, and how it is granted. */
interface Waiting extends Pick<Asker, "sinceMs"> {
  give(): void;
}

/** A number of slots, for which runs take turns. */
export class FairSemaphore {
  #free: number;
  /** By run; the run whose turn is next comes first. */
  readonly #waiting = new Map<string, Waiting[]>();

  constructor(size: number) {
    this.#free = size;
  }

  /**
   * Take a slot as soon as one is free; the returned function gives it back.
   *
   * @throws CrisolError CANCELED when the signal aborts before that
   */
  async take(asker: Asker): Promise<() => void> {
    if (this.#free > 0 && !asker.signal.aborted) this.#free -= 1;
    else await this.#turn(asker);
    return () => this.#giveBack();
  }

  #giveBack(): void {
    const [turn] = this.#waiting;
    if (turn === undefined) {
      this.#free += 1;
      return;
    }
    const [run, waiting] = turn;
    const first = waiting.reduce((earliest, one) => (one.sinceMs < earliest.sinceMs ? one : earliest));
    this.#leave(run, first);
    // the run's next request waits until every other run has had its turn
    this.#waiting.delete(run);
    if (waiting.length > 0) this.#waiting.set(run, waiting);
    first.give();
  }

  #turn({ run, sinceMs, signal }: Asker): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        sinceMs,
        give: () => {
          signal.removeEventListener("abort", leave);
          resolve();
        },
      };
      const leave = () => {
        this.#leave(run, waiting);
        reject(leftBeforeItsTurn());
      };
      if (signal.aborted) return leave();
      const others = this.#waiting.get(run) ?? [];
      others.push(waiting);
      this.#waiting.set(run, others);
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  #leave(run: string, one: Waiting): void {
    const waiting = this.#waiting.get(run) ?? [];
    const index = waiting.indexOf(one);
    if (index >= 0) waiting.splice(index, 1);
    if (waiting.length === 0) this.#waiting.delete(run);
  }
}

function leftBeforeItsTurn(): CrisolError {
  return new CrisolError({
    code: "CANCELED",
    what: "the stage was stopped while it waited for a host",
    where: "a worker whose slots were all taken",
    why: "the run was cancelled, or its worker is shutting down",
    fix: "resume the run",
  });
}
