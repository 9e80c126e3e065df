import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { JournalEvent } from "../schemas/event.ts";
import { unlessMissing, writing } from "./file-errors.ts";
import { FolderChanges } from "./folder-changes.ts";
import { lineChecksum } from "./line-checksum.ts";

/** Bytes read at once. */
const pageBytes = 1 << 20;
/** Longest pause between looks at a journal that is followed, in milliseconds: where the system does not tell that it grew. */
const lookEvery = 100;
/** Shortest pause, so that a busy run is not held up by those who watch it. */
const restBetweenLooks = 20;

/**
 * The events of one run: lines that any process of this machine appends to and follows, each JSON, a tab and a checksum.
 *
 * A line that was torn by a kill, or altered since, is passed over; the truth about results is in the records.
 */
export class RunJournal {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Append events, in order and together; those that say how the run stands survive a power cut.
   *
   * @throws CrisolError STORE_FULL, STORE_UNWRITABLE
   */
  async append(events: readonly JournalEvent[]): Promise<void> {
    if (events.length === 0) return;
    const lines = Buffer.from(events.map(toLine).join(""));
    await writing(this.#path, async () => {
      const handle = await open(this.#path, "a+");
      try {
        await appendLines(handle, lines);
        if (events.some((event) => event.type === "state")) await handle.sync();
      } finally {
        await handle.close();
      }
    });
  }

  /** Events so far, from an event's number on. */
  async *read(from = 0): AsyncGenerator<JournalEvent> {
    let number = 0;
    for await (const event of this.#pages({ offset: 0 })) {
      if (number >= from) yield event;
      number += 1;
    }
  }

  /** Events from an event's number on, and then those that come, until the signal aborts. */
  async *follow(signal: AbortSignal, from = 0): AsyncGenerator<JournalEvent> {
    const place = { offset: 0 };
    let number = 0;
    const changes = new FolderChanges(dirname(this.#path));
    try {
      while (!signal.aborted) {
        for await (const event of this.#pages(place)) {
          if (number >= from) yield event;
          number += 1;
          if (signal.aborted) return;
        }
        await sleep(restBetweenLooks, undefined, { signal }).catch(() => undefined);
        await changes.next(lookEvery, signal);
      }
    } finally {
      changes.close();
    }
  }

  /** Events of complete lines from an offset, which moves on past them. */
  async *#pages(place: { offset: number }): AsyncGenerator<JournalEvent> {
    const handle = await unlessMissing(open(this.#path, "r"));
    if (handle === undefined) return;
    try {
      for (let size = pageBytes; ; ) {
        const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(size), 0, size, place.offset);
        const end = buffer.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
        if (end === 0 && bytesRead < size) return;
        // a line longer than a page: look at more of it
        size = end === 0 ? size * 2 : pageBytes;
        place.offset += end;
        for (const line of buffer.subarray(0, end).toString("utf8").split("\n")) {
          const event = fromLine(line);
          if (event !== undefined) yield event;
        }
      }
    } finally {
      await handle.close();
    }
  }
}

/** Append in one write, which the system keeps whole among several writers, on a line of its own. */
async function appendLines(handle: FileHandle, lines: Buffer): Promise<void> {
  const { size } = await handle.stat();
  const last = size === 0 ? undefined : (await handle.read(Buffer.alloc(1), 0, 1, size - 1)).buffer[0];
  const whole = last === undefined || last === 0x0a ? lines : Buffer.concat([Buffer.from("\n"), lines]);
  const { bytesWritten } = await handle.write(whole);
  if (bytesWritten < whole.length) await handle.writeFile(whole.subarray(bytesWritten));
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
