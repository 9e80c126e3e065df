import { stripVTControlCharacters } from "node:util";
import type { Progress } from "../../../schemas/event.ts";
import type { NodeStatus } from "../../../schemas/run-state.ts";
import { duration, progressText, sparkline } from "../../../system/text/figures.ts";
import { bold, cyan, dim, green, red, yellow } from "../../../system/text/styles.ts";
import { visible } from "../../../system/text/visible-text.ts";
import type { LiveView, NodeView } from "./run-view.ts";
import { hasCurve, shownNodes, tally } from "./shown-nodes.ts";

/** Milliseconds between two redraws. */
const REDRAW_EVERY_MS = 120;
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
const COLOUR_OR_CHARACTER = /\x1b\[[\d;]*m|./gsu;
const SPIN = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";
/** Widths of a progress bar, the widest that fits first. */
const BARS = [16, 8] as const;

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
    this.#timer = setInterval(() => this.#draw(), REDRAW_EVERY_MS);
    this.#stream.write("\x1b[?25l");
  }

  /** Print a line that stays, above the table. */
  print(line: string): void {
    this.#clear();
    this.#stream.write(`${line}\n`);
    this.#draw();
  }

  /** Draw once more and leave the table standing. */
  stop(): void {
    clearInterval(this.#timer);
    this.#draw(true);
    this.#stream.write("\x1b[?25h");
  }

  #clear(): void {
    // F, not A: the terminal's echo of ^C has moved the cursor to the right
    if (this.#lines > 0) this.#stream.write(`\x1b[${this.#lines}F\x1b[J`);
    this.#lines = 0;
  }

  /** @param whole draw all lines, however many: the table will not be redrawn */
  #draw(whole = false): void {
    this.#frame += 1;
    // a terminal that does not know its size reports 0
    const [columns, rows] = [this.#stream.columns || 100, this.#stream.rows || 24];
    const lines = tableLines(this.#view.nodes, {
      frame: this.#frame,
      columns,
      rows: whole ? Number.POSITIVE_INFINITY : rows,
      now: Date.now(),
    });
    this.#clear();
    this.#stream.write(lines.map((line) => `${line}\n`).join(""));
    this.#lines = lines.length;
  }
}

/** The table's lines: none wider than the terminal, and fewer than its rows, because what has scrolled away can't be redrawn. */
export function tableLines(
  nodes: readonly NodeView[],
  screen: { readonly frame: number; readonly columns: number; readonly rows: number; readonly now: number },
): string[] {
  const width = Math.max(5, ...nodes.map(({ node }) => node.name.length));
  const all = shownNodes(nodes, screen.rows - 1);
  // one line less if the rest must be counted in a line
  const chosen = all.length === nodes.length ? all : shownNodes(nodes, screen.rows - 2);
  const left = nodes.filter((shown) => !chosen.includes(shown));
  const lines = chosen.flatMap((shown) => {
    const { node } = shown;
    const room = screen.columns - width - 4;
    const line = `${mark(node.status, node.cached, screen.frame)} ${bold(node.name.padEnd(width))}  ${detail(shown, screen.now, room)}`;
    const curve = hasCurve(shown)
      ? [`  ${" ".repeat(width)}  ${cyan(sparkline(shown.losses, Math.min(60, screen.columns - width - 8)))}`]
      : [];
    return [cut(line, screen.columns), ...curve];
  });
  return left.length === 0 ? lines : [...lines, cut(dim(`  and ${tally(left)}`), screen.columns)];
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

function detail({ node, progress, startedAt }: NodeView, now: number, room: number): string {
  switch (node.status) {
    case "done":
      return `${node.cached ? dim("cached") : `done in ${duration(node.seconds ?? 0)}`}${node.summary === undefined ? "" : dim(`  ${node.summary}`)}${note(node.note)}`;
    case "running": {
      const elapsed = startedAt === undefined ? "" : duration((now - startedAt.getTime()) / 1000);
      const retry = node.attempts > 1 ? yellow(` attempt ${node.attempts}`) : "";
      if (progress === undefined) return `${elapsed}${retry}`;
      return fitting(progress, elapsed === "" ? "" : `  ${elapsed} so far`, room - shownLength(retry)) + retry;
    }
    case "failed":
      return red(visible(node.error?.what.split("\n")[0] ?? "failed"));
    case "waiting":
      return node.waitsFor === undefined ? note(node.note) : dim(`waits for ${node.waitsFor}`);
    case "skipped":
      return dim("skipped");
  }
}

function note(text: string | undefined): string {
  return text === undefined ? "" : yellow(`  ${text}`);
}

/** The progress of a stage, shortened to the room there is: first the elapsed time is dropped, then the bar, the rates, the loss. */
function fitting(progress: Progress, elapsed: string, room: number): string {
  const { metrics, rate: _, ...bare } = progress;
  const text = progressText(progress);
  const withLoss = metrics?.loss === undefined ? bare : { ...bare, metrics: { loss: metrics.loss } };
  const forms = [
    ...BARS.map((width) => `${bar(progress, width)}${text}${dim(elapsed)}`),
    `${bar(progress, Math.min(...BARS))}${text}`,
    text,
    progressText(withLoss),
  ];
  return forms.find((form) => shownLength(form) <= room) ?? progressText(bare);
}

function bar({ done, total }: Progress, width: number): string {
  if (total === undefined || total <= 0) return "";
  const full = Math.round(Math.min(1, done / total) * width);
  return `${green("━".repeat(full))}${dim("─".repeat(width - full))} `;
}

function shownLength(line: string): number {
  return stripVTControlCharacters(line).length;
}

/** The line's first columns, with their colours. */
function cut(line: string, columns: number): string {
  if (shownLength(line) <= columns) return line;
  let room = columns - 1;
  const kept = line.replace(COLOUR_OR_CHARACTER, (part) => (part.length > 2 || --room >= 0 ? part : ""));
  return `${kept}…`;
}
