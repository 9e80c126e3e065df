import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { canonicalJson } from "../../schemas/canonical-json.ts";
import { Digest } from "../../schemas/digest.ts";
import { isCrisolError } from "../../schemas/error.ts";
import type { JournalEvent, RunEvent } from "../../schemas/event.ts";
import { Plan } from "../../schemas/plan.ts";
import type { RunState } from "../../schemas/run-state.ts";
import { BoundedMap } from "../../system/bounded-map.ts";
import { fromCheckedText, toCheckedText } from "../../system/files/checked-text.ts";
import type { Backend } from "../objects/backend.ts";
import type { Blobs } from "../objects/blobs.ts";
import { planDamaged, runNameTaken, runUnknown } from "./run-errors.ts";
import { foldEvent, initialView, type RunView } from "./run-fold.ts";
import { newRunId } from "./run-id.ts";
import { RunJournal } from "./run-journal.ts";
import { readerEvents } from "./shard-progress.ts";

/** A run as it was started, and each plan it has been given since. */
export const Run = z.object({
  runId: z.string(),
  pipeline: z.string(),
  /** The plan in force: a blob. */
  planDigest: Digest,
  /** Every plan that the run has had, the oldest first. */
  plans: z.array(z.object({ planDigest: Digest, at: z.iso.datetime(), why: z.string() })),
  /** The folder of the user's files that its sources refer to. */
  projectFolder: z.string(),
  /** The pipeline's own file, relative to that folder: compiled again by a resume. */
  pipelineFile: z.string().optional(),
  /** The external Temporal server where it was started, with the namespace; absent: the home's own. */
  server: z.string().exactOptional(),
  startedAt: z.iso.datetime(),
});
export type Run = z.output<typeof Run>;

/** The options a run is started with. */
export interface RunStart {
  readonly plan: Plan;
  readonly projectFolder: string;
  /** The pipeline's own file, relative to that folder. */
  readonly pipelineFile?: string;
  /** An external Temporal server, with the namespace. */
  readonly server?: string | undefined;
  /** @default a new one: pipeline, time and four letters */
  readonly runId?: string;
}

/** Runs: the plan each was started with, and its journal. */
export class Runs {
  readonly #backend: Backend;
  readonly #blobs: Blobs;
  readonly #journals = new BoundedMap<string, RunJournal>(64);

  constructor(backend: Backend, blobs: Blobs) {
    this.#backend = backend;
    this.#blobs = blobs;
  }

  /** Store a new run and its plan. */
  async create(start: RunStart): Promise<Run> {
    const at = new Date();
    const { sha256: planDigest } = await this.#blobs.put(canonicalJson(start.plan));
    const { pipelineFile, server } = start;
    const { pipeline } = start.plan;
    const runId = start.runId ?? newRunId(pipeline, at);
    const startedAt = at.toISOString();
    const plans = [{ planDigest, at: startedAt, why: "started" }];
    const run: Run = {
      runId,
      pipeline,
      planDigest,
      plans,
      projectFolder: start.projectFolder,
      startedAt,
      ...(pipelineFile === undefined ? {} : { pipelineFile }),
      ...(server === undefined ? {} : { server }),
    };
    if (!(await this.#backend.compareAndSet(runName(runId), undefined, toCheckedText(run)))) throw runNameTaken(runId);
    return run;
  }

  /** Give a run another plan (on a resume with changed code, say), with a reason that is shown to people. */
  async amend(runId: string, plan: Plan, why: string): Promise<Run> {
    const { sha256: planDigest } = await this.#blobs.put(canonicalJson(plan));
    for (;;) {
      const text = await this.#backend.readText(runName(runId));
      const run = parseRun(text) ?? notFound(runId);
      const plans = [...run.plans, { planDigest, at: new Date().toISOString(), why }];
      const amended: Run = { ...run, planDigest, plans };
      if (await this.#backend.compareAndSet(runName(runId), text, toCheckedText(amended))) return amended;
    }
  }

  /** A run by its id; undefined when there is none. */
  async find(runId: string): Promise<Run | undefined> {
    return parseRun(await this.#backend.readText(runName(runId)));
  }

  /**
   * A run by its id.
   *
   * @throws CrisolError NOT_FOUND
   */
  async get(runId: string): Promise<Run> {
    return (await this.find(runId)) ?? notFound(runId);
  }

  /**
   * A plan by its digest, verified.
   *
   * @throws CrisolError ARTIFACT_DAMAGED, with what would rewrite it
   */
  async plan(planDigest: Digest): Promise<Plan> {
    try {
      return Plan.parse(JSON.parse((await this.#blobs.readAll(planDigest)).toString("utf8")));
    } catch (error) {
      throw isCrisolError(error) ? planDamaged(error, planDigest) : error;
    }
  }

  /** All runs, the oldest first. */
  async list(): Promise<Run[]> {
    const runs: Run[] = [];
    for await (const name of this.#backend.list("runs")) {
      const run = name.endsWith("/run.json") ? parseRun(await this.#backend.readText(name)) : undefined;
      if (run !== undefined) runs.push(run);
    }
    return runs.sort((a, b) => (a.startedAt < b.startedAt ? -1 : a.startedAt > b.startedAt ? 1 : a.runId < b.runId ? -1 : 1));
  }

  /** The ids of runs whose file is damaged or missing, so that how they were started is unknown. */
  async unreadable(): Promise<string[]> {
    const ids = new Set<string>();
    for await (const name of this.#backend.list("runs")) ids.add(name.split("/")[1] ?? "");
    const found = await Promise.all([...ids].map(async (runId) => ((await this.find(runId)) === undefined ? [runId] : [])));
    return found.flat();
  }

  /** Append events to a run's journal. */
  append(runId: string, events: readonly JournalEvent[]): Promise<void> {
    return this.#journal(runId).append(events);
  }

  /** A run's events so far, from a given number on. */
  events(runId: string, options: { from?: number } = {}): AsyncIterable<RunEvent> {
    return readerEvents(this.#journal(runId).read(), options.from);
  }

  /** How many events a run's journal has: the number of the next one. */
  async length(runId: string): Promise<number> {
    let events = 0;
    for await (const _ of this.events(runId)) events += 1;
    return events;
  }

  /** A run's events from a given number on, and then new ones as they come, until the signal aborts. */
  follow(runId: string, signal: AbortSignal, options: { from?: number } = {}): AsyncIterable<RunEvent> {
    return readerEvents(this.#journal(runId).follow(signal), options.from);
  }

  /**
   * The state of a run according to its journal, for which no server is needed.
   *
   * @throws CrisolError NOT_FOUND
   */
  async state(runId: string): Promise<RunState> {
    return (await this.view(runId)).state;
  }

  /** The state of a run; undefined when there is none with this id, or its file is damaged. */
  async findState(runId: string): Promise<RunState | undefined> {
    const run = await this.find(runId);
    return run && (await this.#view(run)).state;
  }

  /**
   * The state of a run, with the last progress of each node.
   *
   * @param options.until apply only this many events
   * @param options.plan its plan, if known; otherwise it is read
   */
  async view(runId: string, options: { readonly until?: number; readonly plan?: Plan } = {}): Promise<RunView> {
    return this.#view(await this.get(runId), options);
  }

  async #view(run: Run, options: { readonly until?: number; readonly plan?: Plan } = {}): Promise<RunView> {
    // without its plan, a run's state still follows from its journal
    const plan =
      options.plan ?? (await this.plan(run.planDigest).catch((error) => (isCrisolError(error) ? undefined : Promise.reject(error))));
    const view = initialView(run, plan?.nodes ?? []);
    let left = options.until ?? Number.POSITIVE_INFINITY;
    for await (const event of this.events(run.runId)) {
      if (left <= 0) break;
      left -= 1;
      foldEvent(view, event);
    }
    return view;
  }

  #journal(runId: string): RunJournal {
    const known = this.#journals.get(runId);
    if (known !== undefined) return known;
    const path = this.#backend.local(`runs/${runId}/events.jsonl`);
    mkdirSync(dirname(path), { recursive: true });
    const journal = new RunJournal(path);
    this.#journals.set(runId, journal);
    return journal;
  }
}

function runName(runId: string): string {
  return `runs/${runId}/run.json`;
}

function parseRun(text: string | undefined): Run | undefined {
  return text === undefined ? undefined : Run.safeParse(fromCheckedText(text)).data;
}

function notFound(runId: string): never {
  throw runUnknown(runId);
}
