import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { CrisolError } from "../../schemas/error.ts";
import { boundedLine, LINE_LIMIT } from "../text/bounded-text.ts";

/** The longest line accepted, in bytes: far longer than any document, far shorter than what would exhaust a process's memory. */
const longestLineBytes = 256 << 20;
const lineFeed = 0x0a;

/**
 * The lines of a UTF-8 stream, without line ends; only line feeds end lines.
 *
 * @param where whose stream it is, for people
 * @param finished awaited before an unfinished last line is returned: it throws the error that explains the missing end
 * @throws CrisolError STAGE_FAILED for a line that is not UTF-8 or has more than 256 MiB.
 */
export async function* outputLines(
  stream: AsyncIterable<Uint8Array>,
  where: string,
  finished: () => Promise<void>,
): AsyncGenerator<string, void> {
  let gathered: Uint8Array[] = [];
  let bytes = 0;
  let number = 0;
  const line = (): string => {
    number += 1;
    const text = decode(Buffer.concat(gathered), `${where}, line ${number}`);
    gathered = [];
    bytes = 0;
    return text;
  };
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      gathered.push(chunk.subarray(start, end));
      yield line();
      start = end + 1;
    }
    gathered.push(chunk.subarray(start));
    bytes += chunk.byteLength - start;
    if (bytes > longestLineBytes) throw unreadable(`a line of more than ${longestLineBytes} bytes`, `${where}, line ${number + 1}`);
  }
  if (bytes === 0) return;
  await finished();
  yield line();
}

/** Characters of a line that are held until it ends: more than are shown, because a secret may extend across the cut. */
const keptOfLine = 2 * LINE_LIMIT;

/**
 * Read the lines that a program prints for people, until its stream is closed: each is cut like a log line, and what is cut off is never held in memory.
 * Lines end with line feeds or carriage returns; programs use the latter to show progress.
 *
 * @param hide applied to each line before it is cut
 */
export function readLines(stream: Readable, line: (text: string) => void, hide = (text: string): string => text): Promise<void> {
  const decoder = new StringDecoder("utf8");
  let kept = "";
  let missing = 0;
  let afterReturn = false;
  const gather = (text: string) => {
    const taken = text.slice(0, keptOfLine - kept.length);
    kept += taken;
    missing += text.length - taken.length;
  };
  const end = () => {
    const whole = boundedLine(hide(kept), missing);
    kept = "";
    missing = 0;
    line(whole);
  };
  const read = (text: string) => {
    if (text === "") return;
    // a line end of two characters may be split across chunks
    let start = afterReturn && text.startsWith("\n") ? 1 : 0;
    afterReturn = text.endsWith("\r");
    const ends = /\r\n?|\n/g;
    ends.lastIndex = start;
    for (let found = ends.exec(text); found !== null; found = ends.exec(text)) {
      gather(text.slice(start, found.index));
      end();
      start = ends.lastIndex;
    }
    gather(text.slice(start));
  };
  stream.on("data", (chunk: Buffer) => read(decoder.write(chunk)));
  return new Promise((resolve) => {
    // before the listener for the process's end, as its error shows the last lines
    stream.prependOnceListener("close", () => {
      read(decoder.end());
      if (kept !== "") end();
      resolve();
    });
  });
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array, where: string): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw unreadable("a line that is not UTF-8", where);
  }
}

function unreadable(what: string, where: string): CrisolError {
  return new CrisolError({
    code: "STAGE_FAILED",
    what: `the command printed ${what}`,
    where,
    why: "its standard output is for documents and answers, one JSON object per line, in UTF-8",
    fix: "print each answer on its own line, as JSON in UTF-8",
  });
}
