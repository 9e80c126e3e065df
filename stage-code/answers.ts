import type { Document } from "../schemas/document.ts";
import { shorten } from "./tally.ts";

/**
 * Matches the answers of a command with the documents that it was asked about, each once.
 *
 * It reads the documents a second time, behind the command, so that none is held in memory unless answers come out of order.
 */
export class Answers {
  readonly #documents: AsyncIterator<Document>;
  readonly #sent: () => number;
  /** Unanswered documents that an answer to a later one skipped, by id, oldest first; only the beginning of each text is kept. */
  readonly #passed = new Map<string, Document[]>();
  #read = 0;

  /** @param sent how many documents the command has been given so far */
  constructor(documents: AsyncIterable<Document>, sent: () => number) {
    this.#documents = documents[Symbol.asyncIterator]();
    this.#sent = sent;
  }

  /** The document that an answer is about, its text possibly cut short; undefined when no document sent so far, or none with that id, still waits for an answer. */
  async take(id: string | undefined): Promise<Document | undefined> {
    const passed = this.#takePassed(id);
    if (passed !== undefined) return passed;
    for (;;) {
      const next = await this.#next(this.#sent());
      if (next === undefined || id === undefined || next.id === id) return next;
      const beginning = { ...next, text: shorten(next.text) };
      this.#passed.set(next.id, [...(this.#passed.get(next.id) ?? []), beginning]);
    }
  }

  /** The first document without an answer, sent or not. */
  async unanswered(): Promise<Document | undefined> {
    return this.#takePassed(undefined) ?? (await this.#next(Number.POSITIVE_INFINITY));
  }

  /** Stop reading. */
  async close(): Promise<void> {
    await this.#documents.return?.();
  }

  #takePassed(id: string | undefined): Document | undefined {
    const wanted = id ?? this.#passed.keys().next().value;
    const waiting = wanted === undefined ? undefined : this.#passed.get(wanted);
    if (wanted === undefined || waiting === undefined) return undefined;
    const [oldest, ...rest] = waiting;
    if (rest.length === 0) this.#passed.delete(wanted);
    else this.#passed.set(wanted, rest);
    return oldest;
  }

  async #next(limit: number): Promise<Document | undefined> {
    if (this.#read >= limit) return undefined;
    const { value, done } = await this.#documents.next();
    if (done === true) return undefined;
    this.#read += 1;
    return value;
  }
}
