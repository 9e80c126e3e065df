import { lineChecksum } from "../../system/files/line-checksum.ts";
import type { Backend } from "../objects/backend.ts";

const newline = 0x0a;

/** A value as a line of a log: JSON, a tab and a checksum. */
export function toCheckedLine(value: object): string {
  const json = JSON.stringify(value);
  return `${json}\t${lineChecksum(json)}\n`;
}

/** The value of a line; undefined for one that was torn by a kill, or altered since. */
function fromCheckedLine(line: string): unknown {
  const tab = line.lastIndexOf("\t");
  if (tab < 0 || line.slice(tab + 1) !== lineChecksum(line.slice(0, tab))) return undefined;
  return JSON.parse(line.slice(0, tab));
}

/** A place in a log, in bytes; it moves on past each line that is read. */
export interface LogPlace {
  offset: number;
}

/** The values of a log's whole lines from a place on; a half-written line stays for the next time, damaged ones are skipped. */
export async function* checkedLines(backend: Backend, name: string, place: LogPlace): AsyncGenerator<unknown> {
  const log = await backend.open(name, { from: place.offset });
  if (log === undefined) return;
  try {
    let rest: Uint8Array = Buffer.alloc(0);
    for await (const chunk of log.chunks()) {
      const bytes = Buffer.concat([rest, chunk]);
      let start = 0;
      for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
        const value = fromCheckedLine(bytes.toString("utf8", start, end));
        place.offset += end + 1 - start;
        start = end + 1;
        if (value !== undefined) yield value;
      }
      rest = bytes.subarray(start);
    }
  } finally {
    await log.close();
  }
}
