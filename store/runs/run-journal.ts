import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { JournalEvent } from "../../schemas/event.ts";
import { systemCode, writing } from "../../system/files/file-errors.ts";
import { FolderChanges } from "../../system/files/folder-changes.ts";
import { lineChecksum } from "../../system/files/line-checksum.ts";

/** Bytes per read. */
const pageBytes = 1 << 20;
/** The longest pause between reads of a followed journal, in milliseconds, in case the system does not report that it grew. */
const lookEveryMs = 100;
/** The shortest pause, so that a busy run is not slowed down by its followers. */
const restBetweenLooksMs = 20;

/**
 * The events of one run: lines that any process on this machine may append and follow, each of JSON, a tab and a checksum.
 *
 * A line that was torn by a kill, or altered since, is skipped; the truth about results is in the records.
 */
export class RunJournal {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Append events, in order and together; those that change the run's state survive a power cut.
   *
   * @throws CrisolError STORE_FULL, STORE_UNWRITABLE
   */
  async append(events: readonly JournalEvent[]): Promise<void> {
    if (events.length === 0) return;
    const lines = Buffer.from(events.map(toLine).join(""));
    await writing(this.#path, async () => {
      const file = openSync(this.#path, "a+");
      try {
        appendLines(file, lines);
        if (events.some((event) => event.type === "state")) fsyncSync(file);
      } finally {
        closeSync(file);
      }
    });
  }

  /** Events so far. */
  read(): AsyncGenerator<JournalEvent> {
    return this.#pages({ offset: 0 });
  }

  /** Events so far, and then new ones as they come, until the signal aborts. */
  async *follow(signal: AbortSignal): AsyncGenerator<JournalEvent> {
    const place = { offset: 0 };
    const changes = new FolderChanges(dirname(this.#path));
    try {
      while (!signal.aborted) {
        for await (const event of this.#pages(place)) {
          yield event;
          if (signal.aborted) return;
        }
        await sleep(restBetweenLooksMs, undefined, { signal }).catch(() => undefined);
        await changes.next(lookEveryMs, signal);
      }
    } finally {
      changes.close();
    }
  }

  /** Events of complete lines from an offset, which moves on past them. */
  async *#pages(place: { offset: number }): AsyncGenerator<JournalEvent> {
    const file = openUnlessMissing(this.#path);
    if (file === undefined) return;
    try {
      for (let page = pageBytes; ; ) {
        const size = Math.min(page, fstatSync(file).size - place.offset);
        if (size <= 0) return;
        const read = Buffer.allocUnsafe(size);
        const bytes = read.subarray(0, readSync(file, read, 0, size, place.offset));
        const end = bytes.lastIndexOf(0x0a) + 1;
        if (end === 0 && size < page) return;
        // a line longer than a page: read more of it
        page = end === 0 ? page * 2 : pageBytes;
        place.offset += end;
        for (const line of bytes.toString("utf8", 0, end).split("\n")) {
          const event = fromLine(line);
          if (event !== undefined) yield event;
        }
      }
    } finally {
      closeSync(file);
    }
  }
}

function openUnlessMissing(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Append in one write, which the system keeps whole among several writers, on a line of its own. */
function appendLines(file: number, lines: Buffer): void {
  const { size } = fstatSync(file);
  const last = Buffer.alloc(1);
  const isWhole = size === 0 || readSync(file, last, 0, 1, size - 1) === 0 || last[0] === 0x0a;
  const whole = isWhole ? lines : Buffer.concat([Buffer.from("\n"), lines]);
  for (let written = writeSync(file, whole); written < whole.length; ) written += writeSync(file, whole, written);
}

function toLine(event: JournalEvent): string {
  const json = JSON.stringify(event);
  return `${json}\t${lineChecksum(json)}\n`;
}

function fromLine(line: string): JournalEvent | undefined {
  const tab = line.lastIndexOf("\t");
  if (tab < 0 || line.slice(tab + 1) !== lineChecksum(line.slice(0, tab))) return undefined;
  return JournalEvent.safeParse(JSON.parse(line.slice(0, tab))).data;
}
