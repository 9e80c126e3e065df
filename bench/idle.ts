/**
 * What crisol's processes hold in memory when there is nothing to do: `node bench/idle.ts`. Aim: at most 250 MB for the worker. Linux only.
 *
 * Resident memory after ten quiet seconds, and what it is made of: pages of programs and libraries, which processes share, and a process's own.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { homeAt } from "../engine/home.ts";
import { readServices } from "../engine/services/services-state.ts";
import { CrisolEngine } from "./engine/crisol.ts";

const crisol = new CrisolEngine();
await crisol.start();
try {
  await crisol.sequence(10);
  await sleep(10_000);
  const services = await readServices(homeAt(crisol.home));
  report("supervisor", services?.supervisor.pid);
  report("server", services?.server?.process.pid);
  report("worker", services?.worker?.process.pid);
  for (const host of childrenOf(services?.worker?.process.pid)) report("host", host);
} finally {
  await crisol.stop();
}

function report(name: string, pid: number | undefined): void {
  if (pid === undefined) return;
  const parts = new Map<string, number>();
  for (const [, file = "", kilobytes] of readFileSync(`/proc/${pid}/smaps`, "utf8").matchAll(
    /^[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \d+ *(.*)$[\s\S]*?^Rss: +(\d+) kB$/gm,
  )) {
    const part = file.startsWith("/") ? (file.split("/").at(-1) ?? file) : "its own";
    parts.set(part, (parts.get(part) ?? 0) + Number(kilobytes));
  }
  const largest = [...parts].sort(([, a], [, b]) => b - a).slice(0, 4);
  const total = [...parts.values()].reduce((sum, kilobytes) => sum + kilobytes, 0);
  console.log(
    `${name.padEnd(10)} ${megabytes(total)} MB   ${largest.map(([part, size]) => `${part} ${megabytes(size).trim()}`).join(", ")}`,
  );
}

/** Ids of a process's children. */
function childrenOf(pid: number | undefined): number[] {
  if (pid === undefined) return [];
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
}

function megabytes(kilobytes: number): string {
  return (kilobytes / 1000).toFixed(0).padStart(4);
}
