import type { Progress } from "../../schemas/event.ts";

/** The text for a stage that waits for another run that is computing the same. */
export function waitingText(holder: string): string {
  return `waits for ${holder}, which is computing the same`;
}

/** A duration as people read it: "0.42 s", "31 s", "4 min 05 s", "2 h 10 min". */
export function duration(seconds: number): string {
  if (seconds < 0.01) return "0.01 s";
  if (seconds < 10) return `${seconds.toFixed(seconds < 1 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, "0")} min`;
}

/** A size in bytes as people read it, in decimal units: "10.7 MB". */
export function size(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(bytes, 1)) / 3)));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(value < 100 ? 1 : 0)} ${units[power]}`;
}

/** A number with thousands separated. */
export function count(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: value < 100 ? 2 : 0 });
}

/** A number of things: "1 stage", "3 stages". */
export function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

/** The contents of an artifact: "49 documents, 1 shard, 1.8 MB of text". */
export function contents(counts: { readonly [what: string]: number }): string {
  return Object.entries(counts)
    .map(([what, value]) =>
      what === "textBytes" ? `${size(value)} of text` : `${count(value)} ${value === 1 ? what.replace(/s$/, "") : what}`,
    )
    .join(", ");
}

/** Progress in one line: "120/400 steps, loss 4.31, 2,950 tokens/s, 2 min 10 s left". */
export function progressText(progress: Progress): string {
  const total = progress.total === undefined ? "" : `/${count(progress.total)}`;
  const { loss, tokensPerSecond } = progress.metrics ?? {};
  return [
    `${count(progress.done)}${total} ${progress.unit}`,
    ...(loss === undefined ? [] : [`loss ${loss.toFixed(3)}`]),
    ...(tokensPerSecond === undefined ? [] : [`${count(Math.round(tokensPerSecond))} tokens/s`]),
    ...(progress.rate === undefined ? [] : [`${count(Math.round(progress.rate))} ${progress.unit}/s`]),
    ...(progress.eta === undefined ? [] : [`${duration(progress.eta)} left`]),
  ].join(", ");
}

/** Values as a row of block characters, scaled between their least and greatest, at most `width` wide (the mean of each bin). */
export function sparkline(values: readonly number[], width: number): string {
  const blocks = "▁▂▃▄▅▆▇█";
  const bins = Math.min(width, values.length);
  const means = Array.from({ length: bins }, (_, bin) => {
    const part = values.slice(Math.floor((bin * values.length) / bins), Math.floor(((bin + 1) * values.length) / bins));
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
  const low = Math.min(...means);
  const span = Math.max(...means) - low || 1;
  return means.map((mean) => blocks[Math.round(((mean - low) / span) * (blocks.length - 1))]).join("");
}
