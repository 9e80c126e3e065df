import { appendFileSync, existsSync, readFileSync, renameSync, statSync } from "node:fs";

const LARGEST_BYTES = 8 * 1024 * 1024;
const KEPT = 3;

/** A log of bounded size: past 8 MiB it becomes `NAME.1`; the three newest such files are kept. */
export class LogFile {
  readonly path: string;
  #bytes: number;

  constructor(path: string) {
    this.path = path;
    this.#bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Append output of a process. A full disk must not end the process, so what can't be written is lost. */
  write(chunk: Uint8Array | string): void {
    try {
      if (this.#bytes > LARGEST_BYTES) this.#rotate();
      appendFileSync(this.path, chunk);
      this.#bytes += Buffer.byteLength(chunk);
    } catch {}
  }

  /** Append a line of the supervisor. */
  note(message: string): void {
    this.write(`${new Date().toISOString()} ${message}\n`);
  }

  #rotate(): void {
    for (let age = KEPT - 1; age >= 1; age -= 1) {
      const older = `${this.path}.${age}`;
      if (existsSync(older)) renameSync(older, `${this.path}.${age + 1}`);
    }
    renameSync(this.path, `${this.path}.1`);
    this.#bytes = 0;
  }
}

/** The last lines of a log, for error texts; empty if there is no log. */
export function lastLines(path: string, count: number): string {
  try {
    return readFileSync(path, "utf8")
      .trimEnd()
      .split("\n")
      .slice(-count)
      .map((line) => (line.length > 300 ? `${line.slice(0, 300)}...` : line))
      .join("\n");
  } catch {
    return "";
  }
}
