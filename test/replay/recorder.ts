import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import { loadPipeline } from "../../cli/pipeline/load-pipeline.ts";
import { compile } from "../../dsl/graph/compile.ts";
import { RunClient } from "../../engine/runs/run-client.ts";
import { type RunWorkflow, runWorkflow } from "../../engine/runs/run-workflow.ts";
import { makePlan } from "../../planner/plan.ts";
import type { RunState } from "../../schemas/run-state.ts";
import { openStore, type Store } from "../../store/store.ts";
import type { RunShardsInput } from "../../workflows/protocol.ts";
import { kill, servicesOf } from "../e2e/processes.ts";
import { makeProject, type Project } from "../e2e/project.ts";
import { anonymousHistory } from "./anonymous-history.ts";
import { pipelineFile, stagesFile } from "./recorded-stages.ts";

const folder = new URL("./histories/", import.meta.url);
const PIPELINE = "pipelines/recorded.ts";
const FILES = 24;
/** The file whose shard behaves as the scenario says: the first shards are run before the others are distributed. */
const SCENARIO_FILE = 12;

/** What a recorded run does: the shape of its pipeline, and how its stage "work" behaves. */
export interface Recorded {
  readonly shape: "chain" | "two roots" | "diamond" | "independent" | "four" | "over shards";
  readonly how?: "well" | "throws until" | "crashes until" | "waits until" | "rejects";
  /** Events after which its history is continued in a new one. */
  readonly longestHistory?: number;
}

/** A project whose runs are recorded, with its own services. */
export class Recorder {
  readonly #project: Project;
  readonly #store: Store;
  readonly #client: RunClient;
  #scenario = "";

  private constructor(project: Project, store: Store, client: RunClient) {
    this.#project = project;
    this.#store = store;
    this.#client = client;
  }

  static async open(): Promise<Recorder> {
    const data = Array.from({ length: FILES }, (_, n) => [
      `data/${String(n).padStart(2, "0")}.txt`,
      n === SCENARIO_FILE ? "as told" : String(n),
    ]);
    const project = await makeProject({
      ...Object.fromEntries(data),
      "pipelines/recorded.ts": pipelineFile,
      "stages/recorded.ts": stagesFile,
    });
    const [up] = (await project.json("up")).values;
    const client = await RunClient.connectTo({ address: String(up?.address) }, "default");
    return new Recorder(project, await openStore({ directory: join(project.home, "store") }), client);
  }

  /** Record a scenario's runs under its name; the workflows of shards and continued histories get numbers added. */
  async record(name: string, scenario: (recorder: Recorder) => Promise<void>): Promise<readonly string[]> {
    this.#scenario = name;
    const before = new Set((await Array.fromAsync(this.#store.runs.list())).map(({ runId }) => runId));
    await scenario(this);
    const runs = (await Array.fromAsync(this.#store.runs.list())).filter(({ runId }) => !before.has(runId));
    const saved: string[] = [];
    for (const { runId } of runs) await this.#until(runId, () => this.#isSettled(runId));
    for (const [index, { runId }] of runs.entries()) {
      const of = runs.length === 1 ? name : `${name}-${index + 1}`;
      saved.push(
        ...(await this.#save(of, `WorkflowId = "${runId}"`)),
        ...(await this.#save(`${of}-shards`, `WorkflowId STARTS_WITH "${runId}/"`)),
      );
    }
    return saved;
  }

  /** Start a run; runs of one scenario that behave alike share their results. */
  async start(recorded: Recorded): Promise<string> {
    const workflow = await this.#create(recorded);
    await this.#client.start(workflow);
    return workflow.id;
  }

  /** Run the workflow of a run's shards by itself, in short histories. */
  async runShards(): Promise<void> {
    const { taskQueue, input } = await this.#create({ shape: "over shards" });
    const { runId, planDigest, queue } = input;
    const left = [{ from: 0, to: FILES }];
    const task: RunShardsInput = {
      runId,
      planDigest,
      epoch: "recorded",
      queue,
      resource: "cpu",
      node: "each",
      stage: "each",
      seconds: 0.5,
      left,
      failed: 0,
    };
    await this.#client.client.workflow.execute("runShards", {
      workflowId: `${runId}/each/1/0`,
      taskQueue,
      args: [{ ...task, atOnce: 3, longestHistory: 40 }],
    });
  }

  /** Start a run and follow it until it rests. */
  async run(recorded: Recorded): Promise<string> {
    const runId = await this.start(recorded);
    await this.untilRest(runId);
    return runId;
  }

  /** Start a run, and wait until one of its stages waits, here or in another run, and nothing else is at work: what was behind it is released. */
  async startWaiting(recorded: Omit<Recorded, "how">): Promise<string> {
    const runId = await this.start({ ...recorded, how: "waits until" });
    if (recorded.shape === "over shards") {
      await this.#until(runId, async () => (await this.#openShards()) > 0);
      // into the code of the shard that waits
      await sleep(2_000);
    } else {
      await this.#until(runId, ({ nodes }) => nodes.every(({ name, status }) => !name.startsWith("step-") || status === "done"));
    }
    return runId;
  }

  /** Let stages succeed that have waited, thrown or crashed so far. */
  async repair(): Promise<void> {
    await writeFile(this.#flag, "");
  }

  /** Run a command, usually about a run. */
  async command(...args: readonly string[]): Promise<void> {
    const { code, stderr } = await this.#project.crisol(...args);
    if (code !== 0 && code !== 1) throw new Error(`${this.#scenario}: crisol ${args.join(" ")} ended with ${code}: ${stderr}`);
  }

  /** Wait until a run is completed, blocked, paused or ended otherwise. */
  async untilRest(runId: string): Promise<void> {
    await this.#until(runId, ({ status }) => status !== "running");
  }

  /** Let a run rest once the stages at work have ended; the server has the request when this returns. */
  async pauseAfterStages(runId: string): Promise<void> {
    await this.#client.pause(runId, { when: "after-stages" });
  }

  /** Flip a bit in what a stage of a run has produced. */
  async damage(runId: string, node: string): Promise<void> {
    const { nodes } = await this.#store.runs.state(runId);
    const { digest } = nodes.find(({ name }) => name === node)?.outputs?.report ?? {};
    if (digest === undefined) throw new Error(`${node} has produced nothing`);
    const [file] = (await this.#store.artifacts.manifest(digest)).files;
    const blob = await this.#store.blobs.materialize(file?.sha256 ?? digest);
    const bytes = await readFile(blob);
    bytes[3] = (bytes[3] ?? 0) ^ 1;
    await chmod(blob, 0o644);
    await writeFile(blob, bytes);
  }

  /** Kill the worker outright, and wait until another has taken over its work. */
  async killWorker(runId: string): Promise<void> {
    const { worker } = await servicesOf(this.#project.home);
    kill(worker);
    await this.#until(runId, ({ nodes }) => nodes.some(({ attempts, status }) => attempts > 1 && status === "running"));
  }

  async close(): Promise<void> {
    await this.#client.close();
    await this.#project.remove();
  }

  async #create({ shape, how = "well", ...rest }: Recorded): Promise<RunWorkflow> {
    const { folder, home } = this.#project;
    const { graph, issues } = compile(await loadPipeline(join(folder, PIPELINE)), { shape, how, flag: this.#flag });
    if (graph === undefined) throw new Error(JSON.stringify(issues));
    const { plan } = await makePlan(graph, { project: folder, store: this.#store, cache: join(home, "cache", "packages.json") });
    const { runId, planDigest } = await this.#store.runs.create({ plan, projectFolder: folder, pipelineFile: PIPELINE });
    return runWorkflow(home, { runId, planDigest, plan, ...rest });
  }

  get #flag(): string {
    return join(this.#project.folder, `${this.#scenario}.flag`);
  }

  async #openShards(): Promise<number> {
    return (await this.#client.client.workflow.count(`WorkflowType = "runShards" AND ExecutionStatus = "Running"`)).count;
  }

  /** Whether a run's worker has reported everything to the server: it reports to the journal before that. */
  async #isSettled(runId: string): Promise<boolean> {
    const open = await Array.fromAsync(
      this.#client.client.workflow.list({ query: `WorkflowId = "${runId}" AND ExecutionStatus = "Running"` }),
    );
    const tasks = await Promise.all(open.map(async (one) => (await this.#client.client.workflow.getHandle(one.workflowId).describe()).raw));
    return tasks.every(({ pendingWorkflowTask }) => !pendingWorkflowTask);
  }

  async #until(runId: string, holds: (state: RunState) => boolean | Promise<boolean>): Promise<void> {
    for (const deadline = Date.now() + 120_000; Date.now() < deadline; await sleep(50))
      if (await holds(await this.#store.runs.state(runId))) return;
    throw new Error(`${this.#scenario}: waited for two minutes\n${JSON.stringify(await this.#store.runs.state(runId), undefined, 1)}`);
  }

  /** Save the histories that a query finds, in the order in which they started. */
  async #save(name: string, query: string): Promise<string[]> {
    const { workflow } = this.#client.client;
    const found = (await Array.fromAsync(workflow.list({ query }))).sort((a, b) => Number(a.startTime) - Number(b.startTime));
    const saved: string[] = [];
    for (const [index, { workflowId, runId }] of found.entries()) {
      const history = await workflow.getHandle(workflowId, runId).fetchHistory();
      const as = found.length === 1 ? name : `${name}-${index + 1}`;
      await writeFile(new URL(`${as}.json`, folder), anonymousHistory(historyToJSON(history), this.#project.folder));
      saved.push(`${as}: ${history.events?.length} events`);
    }
    return saved;
  }
}
