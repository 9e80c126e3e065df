import { codeMapHeads } from "../../schemas/code-map.ts";
import { Digest } from "../../schemas/digest.ts";
import { CrisolError, isCrisolError } from "../../schemas/error.ts";
import type { Plan } from "../../schemas/plan.ts";
import { describeObject } from "../../schemas/store-location.ts";
import { runFiles } from "../runs/run-files.ts";
import type { Store } from "../store.ts";
import { ReachableBlobs } from "./reachable-blobs.ts";

/** Options of gc. */
export interface GcOptions {
  /** Only report what would be freed. */
  readonly dryRun?: boolean;
  /** What was written or used within this time stays, in milliseconds. @default an hour */
  readonly graceMs?: number;
}

/** What was freed (or would be), and what was kept. */
export interface GcReport {
  readonly dryRun: boolean;
  readonly freed: {
    readonly blobs: number;
    readonly bytes: number;
    readonly records: number;
    /** Records of shards. */
    readonly shards: number;
    /** Heads of saved states and of counted failures. */
    readonly heads: number;
    readonly temporary: number;
  };
  readonly kept: { readonly blobs: number; readonly bytes: number };
}

/**
 * Free what no run, no record of a run's plan and no head needs; never anything else, and nothing in `damaged/`.
 *
 * What was written or used since the oldest run under way started stays, and so does what is younger than the grace period.
 */
export async function gc(store: Store, { dryRun = false, graceMs = 3_600_000 }: GcOptions = {}): Promise<GcReport> {
  const needed = new ReachableBlobs(store);
  const { oldest, open } = await addRuns(store, needed);
  const unusedSince = Math.min(Date.now() - graceMs, oldest);
  const heads = await addHeads(store, needed, open);
  for await (const { key } of store.records.list()) {
    if (((await store.records.writtenAt(key)) ?? 0) >= unusedSince) await needed.addRecord(key);
  }
  await needed.addRecordsOfPlans();
  const shards = await needed.addShards(unusedSince);
  const maps = await addCodeMaps(store, needed, unusedSince);

  const idle: Digest[] = [];
  for await (const { key } of store.records.list()) if (!needed.keys.has(key)) idle.push(key);
  const { freed, kept } = await freeBlobs(store, needed, { dryRun, unusedSince });
  const temporary = await store.objects.sweep(unusedSince, { dryRun });
  if (!dryRun) {
    for (const key of idle) await store.records.free(key);
    for (const key of shards) await store.shardRecords.free(key);
    for (const name of [...heads, ...maps]) await store.heads.remove(name);
  }
  return { dryRun, freed: { ...freed, records: idle.length, shards: shards.length, heads: heads.length, temporary }, kept };
}

/** Add what all runs need; returns the runs under way, and when the oldest of them started: infinity when there is none. */
async function addRuns(store: Store, needed: ReachableBlobs): Promise<{ readonly oldest: number; readonly open: ReadonlySet<string> }> {
  const open = new Set<string>();
  let oldest = Number.POSITIVE_INFINITY;
  for await (const runId of store.runs.unreadable()) throw unreadableRun(store, runId);
  for await (const run of store.runs.list()) {
    const state = await store.runs.state(run.runId);
    for (const { planDigest } of run.plans) await needed.addPlan(planDigest, await planOf(store, run.runId, planDigest));
    await needed.addState(state);
    if (state.status === "running" || state.status === "blocked" || state.status === "paused") {
      open.add(run.runId);
      oldest = Math.min(oldest, Date.parse(run.startedAt));
    }
  }
  return { oldest, open };
}

function unreadableRun(store: Store, runId: string): CrisolError {
  return new CrisolError({
    code: "ARTIFACT_DAMAGED",
    what: "the file of a run is damaged or missing",
    where: describeObject(store.location, runFiles(runId).run),
    why: "what that run needs is unknown, so nothing is freed",
    fix: `restore the file, or give up the run: delete ${describeObject(store.location, runFiles(runId).folder)}`,
  });
}

async function planOf(store: Store, runId: string, planDigest: Digest): Promise<Plan> {
  try {
    return await store.runs.plan(planDigest);
  } catch (error) {
    if (!isCrisolError(error)) throw error;
    throw new CrisolError(
      {
        code: "ARTIFACT_DAMAGED",
        what: `the plan of a run cannot be read: ${error.parts.what}`,
        where: `run ${runId}, plan ${planDigest}`,
        why: "what that run needs is unknown, so nothing is freed",
        fix: `run the unchanged pipeline again, which rewrites the plan, or give up the run: delete ${describeObject(store.location, runFiles(runId).folder)}`,
      },
      { cause: error },
    );
  }
}

/** Add what heads need; returns the names of unneeded heads: saved states of work that is done and sound, counted failures of runs that are over. */
async function addHeads(store: Store, needed: ReachableBlobs, open: ReadonlySet<string>): Promise<string[]> {
  const idle: string[] = [];
  for await (const { name, head } of store.heads.list()) {
    if (name.startsWith(codeMapHeads)) continue;
    const key = name.startsWith("checkpoints/") ? Digest.safeParse(name.split("/").at(-1)).data : undefined;
    const record = key && (await store.records.get(key));
    // damaged work is redone from its saved state
    if (record !== undefined && (await store.records.isSound(record))) idle.push(name);
    else if (name.startsWith("failures/") && !open.has(name.split("/")[1] ?? "")) idle.push(name);
    else await needed.addValue(head.value);
  }
  return idle;
}

/** Add the maps of code that stays; returns the names of the other maps' heads. */
async function addCodeMaps(store: Store, { blobs }: ReachableBlobs, unusedSince: number): Promise<string[]> {
  const idle: string[] = [];
  for await (const { name, head } of store.heads.list(codeMapHeads)) {
    const code = Digest.safeParse(name.slice(codeMapHeads.length)).data;
    const map = Digest.safeParse(head.value).data;
    const isYoung = code !== undefined && ((await store.blobs.stat(code))?.modified ?? 0) >= unusedSince;
    if (code === undefined || map === undefined || !(blobs.has(code) || isYoung)) idle.push(name);
    else blobs.add(map);
  }
  return idle;
}

interface Sweep {
  readonly dryRun: boolean;
  /** Milliseconds since the epoch. */
  readonly unusedSince: number;
}

async function freeBlobs(
  store: Store,
  { blobs }: ReachableBlobs,
  { dryRun, unusedSince }: Sweep,
): Promise<Pick<GcReport, "kept"> & { freed: { blobs: number; bytes: number } }> {
  const [freed, kept] = [
    { blobs: 0, bytes: 0 },
    { blobs: 0, bytes: 0 },
  ];
  for await (const digest of store.blobs.list()) {
    const found = await store.blobs.stat(digest);
    if (found === undefined) continue;
    const idle = !blobs.has(digest) && found.modified < unusedSince;
    const tally = idle && (dryRun || (await store.blobs.free(digest, unusedSince))) ? freed : kept;
    tally.blobs += 1;
    tally.bytes += found.bytes;
  }
  return { freed, kept };
}
