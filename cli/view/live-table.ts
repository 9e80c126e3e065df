import { stripVTControlCharacters } from "node:util";
import type { NodeStatus } from "../../schemas/run-state.ts";
import { bold, cyan, dim, green, red, yellow } from "../terminal.ts";
import { duration, progressText, sparkline } from "./figures.ts";
import type { LiveView, NodeView } from "./run-view.ts";

/** Milliseconds between two drawings. */
const REDRAW = 120;
const SPIN = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";
const BAR = 16;

/** A table of stages on a terminal, drawn over itself until the run ends. */
export class LiveTable {
  readonly #stream: NodeJS.WriteStream;
  readonly #view: LiveView;
  #lines = 0;
  #frame = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(stream: NodeJS.WriteStream, view: LiveView) {
    this.#stream = stream;
    this.#view = view;
    this.#timer = setInterval(() => this.#draw(), REDRAW);
    this.#stream.write("\x1b[?25l");
  }

  /** Write a line that stays, above the table. */
  print(line: string): void {
    this.#clear();
    this.#stream.write(`${line}\n`);
    this.#draw();
  }

  /** Draw once more and leave the table standing. */
  stop(): void {
    clearInterval(this.#timer);
    this.#draw();
    this.#stream.write("\x1b[?25h");
  }

  #clear(): void {
    if (this.#lines > 0) this.#stream.write(`\x1b[${this.#lines}A\x1b[J`);
    this.#lines = 0;
  }

  #draw(): void {
    this.#frame += 1;
    const lines = tableLines(this.#view.nodes, { frame: this.#frame, columns: this.#stream.columns ?? 100, now: Date.now() });
    this.#clear();
    this.#stream.write(lines.map((line) => `${line}\n`).join(""));
    this.#lines = lines.length;
  }
}

/** The table's lines, none wider than the terminal. */
export function tableLines(
  nodes: readonly NodeView[],
  screen: { readonly frame: number; readonly columns: number; readonly now: number },
): string[] {
  const width = Math.max(5, ...nodes.map(({ node }) => node.name.length));
  return nodes.flatMap((shown) => {
    const { node } = shown;
    const line = `${mark(node.status, node.cached, screen.frame)} ${bold(node.name.padEnd(width))}  ${detail(shown, screen.now)}`;
    const curve =
      node.status === "running" && shown.losses.length > 2
        ? [`  ${" ".repeat(width)}  ${cyan(sparkline(shown.losses, Math.min(60, screen.columns - width - 8)))}`]
        : [];
    return [cut(line, screen.columns), ...curve];
  });
}

function mark(status: NodeStatus, cached: boolean, frame: number): string {
  switch (status) {
    case "done":
      return cached ? dim("✓") : green("✓");
    case "running":
      return cyan(SPIN[frame % SPIN.length] ?? "");
    case "failed":
      return red("✗");
    case "waiting":
      return dim("·");
    case "skipped":
      return dim("-");
  }
}

function detail({ node, progress, startedAt }: NodeView, now: number): string {
  switch (node.status) {
    case "done":
      return `${node.cached ? dim("cached") : `done in ${duration(node.seconds ?? 0)}`}${node.summary === undefined ? "" : dim(`  ${node.summary}`)}${note(node.note)}`;
    case "running": {
      const elapsed = startedAt === undefined ? "" : duration((now - startedAt.getTime()) / 1000);
      const retry = node.attempts > 1 ? yellow(` attempt ${node.attempts}`) : "";
      if (progress === undefined) return `${elapsed}${retry}`;
      return `${bar(progress.done, progress.total)}${progressText(progress)}  ${dim(elapsed)}${retry}`;
    }
    case "failed":
      return red(node.error?.what.split("\n")[0] ?? "failed");
    case "waiting":
      return note(node.note);
    case "skipped":
      return dim("skipped");
  }
}

function note(text: string | undefined): string {
  return text === undefined ? "" : yellow(`  ${text}`);
}

function bar(done: number, total: number | undefined): string {
  if (total === undefined || total <= 0) return "";
  const full = Math.round(Math.min(1, done / total) * BAR);
  return `${green("━".repeat(full))}${dim("━".repeat(BAR - full))} `;
}

function cut(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line);
  return plain.length <= columns ? line : `${plain.slice(0, columns - 1)}…`;
}
