import { CrisolError } from "../../schemas/error.ts";

/** A request for a slot. */
export interface Asker {
  /** The run that the work belongs to: waiting runs take turns. */
  readonly run: string;
  /** When the work that this is a part of started, in milliseconds: within a run the earliest goes first, so that work that was started gets finished. */
  readonly sinceMs: number;
  /** How many slots it takes at once, at most as many as there are. @default 1 */
  readonly slots?: number;
  /** Aborts when the slot is no longer wanted. */
  readonly signal: AbortSignal;
}

/** A waiting request, and how it is granted. */
interface Waiting extends Pick<Asker, "sinceMs"> {
  readonly slots: number;
  give(): void;
}

/** A number of slots, for which runs take turns; a run that needs several keeps its turn until so many are free. */
export class FairSemaphore {
  #free: number;
  /** By run; the run whose turn is next comes first. */
  readonly #waiting = new Map<string, Waiting[]>();

  constructor(size: number) {
    this.#free = size;
  }

  /**
   * Take the slots as soon as they are free; the returned function gives them back.
   *
   * @throws CrisolError CANCELED when the signal aborts before that
   */
  async take(asker: Asker): Promise<() => void> {
    const { slots = 1, signal } = asker;
    if (this.#waiting.size === 0 && this.#free >= slots && !signal.aborted) this.#free -= slots;
    else await this.#turn({ ...asker, slots });
    return () => {
      this.#free += slots;
      this.#giveOut();
    };
  }

  /** Give free slots to those whose turn it is, in order. */
  #giveOut(): void {
    for (let [turn] = this.#waiting; turn !== undefined; [turn] = this.#waiting) {
      const [run, waiting] = turn;
      const first = waiting.reduce((earliest, one) => (one.sinceMs < earliest.sinceMs ? one : earliest));
      if (first.slots > this.#free) return;
      this.#free -= first.slots;
      this.#leave(run, first);
      // the run's next request waits until every other run has had its turn
      this.#waiting.delete(run);
      if (waiting.length > 0) this.#waiting.set(run, waiting);
      first.give();
    }
  }

  #turn({ run, sinceMs, signal, slots }: Asker & { readonly slots: number }): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        sinceMs,
        slots,
        give: () => {
          signal.removeEventListener("abort", leave);
          resolve();
        },
      };
      const leave = () => {
        this.#leave(run, waiting);
        // it may have kept others waiting for whom there is room
        this.#giveOut();
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
