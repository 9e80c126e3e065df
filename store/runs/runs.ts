import { canonicalJson } from "../../schemas/canonical-json.ts";
import type { Digest } from "../../schemas/digest.ts";
import { isCrisolError } from "../../schemas/error.ts";
import type { JournalEvent, RunEvent } from "../../schemas/event.ts";
import { Plan } from "../../schemas/plan.ts";
import { isOver, type RunState } from "../../schemas/run-state.ts";
import { BoundedMap } from "../../system/bounded-map.ts";
import { fromCheckedText, toCheckedText } from "../../system/files/checked-text.ts";
import type { Backend } from "../objects/backend.ts";
import type { Blobs } from "../objects/blobs.ts";
import { type JournalPlace, journalStart } from "./journal-place.ts";
import { readWithoutBlocking } from "./read-without-blocking.ts";
import { Run } from "./run.ts";
import { planDamaged, runNameTaken, runUnknown } from "./run-errors.ts";
import { runFiles, runsFolder } from "./run-files.ts";
import { initialView, type PlacedView } from "./run-fold.ts";
import { isRunId, newRunId } from "./run-id.ts";
import { RunJournal } from "./run-journal.ts";
import { RunSummary, summaryOf } from "./run-summary.ts";
import type { SeriesPoint } from "./series/series-point.ts";

/** Runs that are read at once when all are read. */
const readAtOnce = 32;

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

/** Runs: the plan each was started with, and its journal. Nothing that is read of a run grows with its age, but for its events themselves. */
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
    if (!(await this.#backend.compareAndSet(runFiles(runId).run, undefined, toCheckedText(run)))) throw runNameTaken(runId);
    return run;
  }

  /** Give a run another plan (on a resume with changed code, say), with a reason that is shown to people. */
  async amend(runId: string, plan: Plan, why: string): Promise<Run> {
    const { sha256: planDigest } = await this.#blobs.put(canonicalJson(plan));
    for (;;) {
      const text = await this.#backend.readText(runFiles(runId).run);
      const run = parseRun(text) ?? notFound(runId);
      const plans = [...run.plans, { planDigest, at: new Date().toISOString(), why }];
      const amended: Run = { ...run, planDigest, plans };
      if (await this.#backend.compareAndSet(runFiles(runId).run, text, toCheckedText(amended))) return amended;
    }
  }

  /** A run by its id; undefined when there is none. */
  async find(runId: string): Promise<Run | undefined> {
    return isRunId(runId) ? parseRun(await readWithoutBlocking(this.#backend, runFiles(runId).run)) : undefined;
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

  /** All runs whose file can be read, in order of id. */
  async *list(): AsyncGenerator<Run> {
    for await (const run of this.#each((runId) => this.find(runId))) if (run !== undefined) yield run;
  }

  /** The ids of runs whose file is damaged or missing, so that how they were started is unknown. */
  async *unreadable(): AsyncGenerator<string> {
    for await (const unread of this.#each(async (runId) => ((await this.find(runId)) === undefined ? runId : undefined))) {
      if (unread !== undefined) yield unread;
    }
  }

  /** What is shown of each run in a list, in order of id, at the cost of one small object for each run that is over. */
  async *summaries(): AsyncGenerator<RunSummary> {
    for await (const summary of this.#each((runId) => this.#summary(runId))) if (summary !== undefined) yield summary;
  }

  /** Append events to a run's journal. */
  async append(runId: string, events: readonly JournalEvent[]): Promise<void> {
    await this.#journal(runId).append(events);
    const last = events.findLast((event) => event.type === "state");
    if (last === undefined) return;
    const run = await this.find(runId);
    if (run !== undefined) await this.#keepSummary(summaryOf(run, last.state));
  }

  /** A run's events so far, from a place on, which moves on with them; the progress of nodes is not among them. */
  events(runId: string, place: JournalPlace = journalStart()): AsyncGenerator<RunEvent> {
    return this.#journal(runId).events(place);
  }

  /** A run's events from a place on, and then new ones as they come, with the progress of nodes at work, until the signal aborts. */
  follow(runId: string, signal: AbortSignal, place: JournalPlace = journalStart()): AsyncGenerator<RunEvent> {
    return this.#journal(runId).follow(place, signal);
  }

  /** What a node of a run has reported of its progress, the oldest first: recent points whole, older ones thinned. */
  metrics(runId: string, node: string): AsyncGenerator<SeriesPoint> {
    return this.#journal(runId).series(node).points();
  }

  /**
   * The state of a run according to its journal, for which no server is needed.
   *
   * @throws CrisolError NOT_FOUND
   */
  async state(runId: string): Promise<RunState> {
    return (await this.#state(await this.get(runId))).state;
  }

  /** The state of a run; undefined when there is none with this id, or its file is damaged. */
  async findState(runId: string): Promise<RunState | undefined> {
    const run = await this.find(runId);
    return run && (await this.#state(run)).state;
  }

  /**
   * The state of a run, with the last progress of nodes at work, and the place in its journal from which it can be followed.
   *
   * @throws CrisolError NOT_FOUND
   */
  async view(runId: string): Promise<PlacedView> {
    const view = await this.#state(await this.get(runId));
    await this.#journal(runId).addProgress(view);
    return view;
  }

  /**
   * A run's state before any event, and the beginning of its journal.
   *
   * @throws CrisolError NOT_FOUND
   */
  async start(runId: string): Promise<PlacedView> {
    return this.#start(await this.get(runId));
  }

  async #start(run: Run): Promise<PlacedView> {
    // without its plan, a run's state still follows from its journal
    const plan = await this.plan(run.planDigest).catch((error) => (isCrisolError(error) ? undefined : Promise.reject(error)));
    return { ...initialView(run, plan?.nodes ?? []), place: journalStart() };
  }

  async #state(run: Run): Promise<PlacedView> {
    const journal = this.#journal(run.runId);
    const view = await journal.state({ ...initialView(run, []), place: journalStart() });
    // the plan is needed only before the run has reported its stages
    return view.state.nodes.length > 0 ? view : journal.state(await this.#start(run));
  }

  async #summary(runId: string): Promise<RunSummary | undefined> {
    const text = await readWithoutBlocking(this.#backend, runFiles(runId).summary);
    const known = RunSummary.safeParse(fromCheckedText(text ?? "")).data;
    if (known !== undefined && isOver(known)) return known;
    const run = await this.find(runId);
    if (run === undefined) return undefined;
    const summary = summaryOf(run, (await this.#state(run)).state);
    if (isOver(summary)) await this.#keepSummary(summary);
    return summary;
  }

  /** What is read of each run, in order of id; several are read at once. */
  async *#each<T>(read: (runId: string) => Promise<T>): AsyncGenerator<T> {
    for await (const page of this.#backend.folders(runsFolder)) {
      const ids = page.map((name) => name.slice(runsFolder.length + 1));
      for (let at = 0; at < ids.length; at += readAtOnce) yield* await Promise.all(ids.slice(at, at + readAtOnce).map(read));
    }
  }

  async #keepSummary(summary: RunSummary): Promise<void> {
    // a reader of a store that it may not write to goes on without it
    await this.#backend.overwrite(runFiles(summary.runId).summary, toCheckedText(summary)).catch(() => undefined);
  }

  #journal(runId: string): RunJournal {
    const journal = this.#journals.get(runId) ?? new RunJournal(this.#backend, runFiles(runId));
    this.#journals.set(runId, journal);
    return journal;
  }
}

function parseRun(text: string | undefined): Run | undefined {
  return text === undefined ? undefined : Run.safeParse(fromCheckedText(text)).data;
}

function notFound(runId: string): never {
  throw runUnknown(runId);
}
