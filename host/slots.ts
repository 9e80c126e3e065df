import { CrisolError } from "../schemas/error.ts";

/** Who asks for a place. */
export interface Asker {
  /** The run that it works for: each run that waits has its turn. */
  readonly run: string;
  /** When the work began of which this is a part, in milliseconds: of one run's, the earliest goes first, so that what is begun is ended. */
  readonly sinceMs: number;
  /** Aborts when it waits no more. */
  readonly signal: AbortSignal;
}

/** One who waits, and how it is told. */
interface Waiting extends Pick<Asker, "sinceMs"> {
  give(): void;
}

/** A number of places, for which runs take turns. */
export class Slots {
  #free: number;
  /** By run; the one whose turn is next comes first. */
  readonly #waiting = new Map<string, Waiting[]>();

  constructor(size: number) {
    this.#free = size;
  }

  /**
   * Take a place as soon as one is free; the returned function gives it back.
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
    // its next one waits until every other run has had its turn
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
    where: "a worker all of whose slots were taken",
    why: "the run was cancelled, or its worker is shutting down",
    fix: "resume the run",
  });
}
