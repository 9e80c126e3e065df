/**
 * The interpreter of plans: which nodes can run, and what follows from how they ended. Pure and plain, so that it is tested without Temporal.
 */
import type { ArtifactRef } from "../schemas/artifact.ts";
import type { Digest } from "../schemas/digest.ts";
import type { Plan, PlanInput, PlanNode } from "../schemas/plan.ts";
import type { NodeState, RunState, RunStatus } from "../schemas/run-state.ts";
import type { Resolution, StageError, StageResult } from "./protocol.ts";

/** How often a node may be made again because a reader found its artifact damaged. */
const REPAIRS = 3;

/** The state of a run under interpretation. */
export interface Interpretation {
  readonly plan: Plan;
  readonly nodes: ReadonlyMap<string, NodeState>;
  readonly repairs: ReadonlyMap<string, number>;
  /** The error that ends the run for good: a gate that said no. */
  readonly rejected: boolean;
}

/** A node that can run now, with the artifacts it reads, in port order. */
export interface ReadyNode {
  readonly node: PlanNode;
  readonly inputs: readonly ArtifactRef[];
}

/** Begin with what is cached. */
export function begin(plan: Plan, resolution: Resolution): Interpretation {
  const cached = new Map(resolution.cached.map((entry) => [entry.node, entry]));
  const notes = new Map(resolution.notes.map(({ node, note }) => [node, note]));
  const nodes = plan.nodes.map((node): [string, NodeState] => {
    const hit = cached.get(node.name);
    const note = notes.get(node.name);
    return [
      node.name,
      {
        name: node.name,
        stage: node.stage,
        status: hit ? "done" : "waiting",
        cached: hit !== undefined,
        attempts: 0,
        ...(hit ? { key: hit.key, outputs: hit.outputs } : {}),
        ...(note === undefined ? {} : { note }),
      },
    ];
  });
  return { plan, nodes: new Map(nodes), repairs: new Map(), rejected: false };
}

/** Every node that waits and whose inputs are all made. */
export function ready(state: Interpretation): ReadyNode[] {
  if (state.rejected) return [];
  return state.plan.nodes.flatMap((node) => {
    if (state.nodes.get(node.name)?.status !== "waiting") return [];
    const inputs = node.inputs.map((input) => made(state, input));
    return inputs.every((input) => input !== undefined) ? [{ node, inputs }] : [];
  });
}

function made(state: Interpretation, { from }: PlanInput): ArtifactRef | undefined {
  if ("source" in from) return state.plan.sources[from.source]?.artifact;
  const producer = state.nodes.get(from.node);
  return producer?.status === "done" ? producer.outputs?.[from.output] : undefined;
}

/** A node was handed to a worker. */
export function start(state: Interpretation, name: string): Interpretation {
  return update(state, name, (node) => ({ ...without(node, "error"), status: "running", cached: false }));
}

/** A node's attempt was called off: it waits again. */
export function stop(state: Interpretation, name: string): Interpretation {
  return update(state, name, (node) => ({ ...node, status: "waiting" }));
}

/** A node was made. Where it was made again and came out otherwise, what read it before waits again. */
export function succeed(state: Interpretation, name: string, result: StageResult): Interpretation {
  const before = state.nodes.get(name)?.outputs;
  const done = update(state, name, (node) => ({
    ...node,
    status: "done",
    cached: result.cached,
    attempts: node.attempts + result.attempts,
    seconds: result.seconds,
    key: result.key,
    outputs: result.outputs,
    ...(result.summary === undefined ? {} : { summary: result.summary }),
  }));
  const changed = before !== undefined && Object.entries(result.outputs).some(([port, output]) => before[port]?.content !== output.content);
  return changed ? readersOf(done, name).reduce(reset, done) : done;
}

/** A node ended in an error that no retry mends. A damaged input is made again; a rejection ends the run; all else blocks. */
export function fail(state: Interpretation, name: string, error: StageError, attempts: number): Interpretation {
  const producer = error.code === "ARTIFACT_DAMAGED" ? makerOf(state, error.producer) : undefined;
  const repairs = producer === undefined ? 0 : (state.repairs.get(producer) ?? 0);
  if (producer !== undefined && repairs < REPAIRS) {
    const counted = { ...state, repairs: new Map(state.repairs).set(producer, repairs + 1) };
    const again = update(counted, producer, (node) => ({ ...node, status: "waiting", note: `made again: ${error.what}` }));
    return update(again, name, (node) => ({ ...node, status: "waiting", attempts: node.attempts + attempts }));
  }
  const { code, what, where, why, fix } = error;
  const failed = update(state, name, (node) => ({
    ...node,
    status: "failed",
    attempts: node.attempts + attempts,
    error: { code, what, where, why, fix },
  }));
  return error.code === "REJECTED" ? { ...failed, rejected: true } : failed;
}

function makerOf(state: Interpretation, key: string | null | undefined): string | undefined {
  return [...state.nodes.values()].find((node) => node.key !== undefined && node.key === key)?.name;
}

/** Let every failed node wait again. */
export function retry(state: Interpretation): Interpretation {
  return [...state.nodes.values()].filter((node) => node.status === "failed").reduce((next, node) => reset(next, node.name), state);
}

/** How the run stands, given whether anything is running. */
export function verdict(state: Interpretation): Exclude<RunStatus, "canceled"> {
  const nodes = [...state.nodes.values()];
  if (nodes.some((node) => node.status === "running")) return "running";
  if (state.rejected) return "failed";
  if (nodes.every((node) => node.status === "done")) return "completed";
  return ready(state).length > 0 ? "running" : "blocked";
}

/** The run's state as queries and the journal tell it. */
export function describe(state: Interpretation, run: { runId: string; planDigest: Digest; status: RunStatus }): RunState {
  const outputs = Object.entries(state.plan.outputs).flatMap(([name, { node, output }]) => {
    const made = state.nodes.get(node);
    const artifact = made?.status === "done" ? made.outputs?.[output] : undefined;
    return artifact ? [[name, artifact] as const] : [];
  });
  const ended = run.status === "failed" || run.status === "canceled";
  const nodes = [...state.nodes.values()].map(
    (node): NodeState => (ended && node.status === "waiting" ? { ...node, status: "skipped" } : node),
  );
  return { ...run, pipeline: state.plan.pipeline, nodes, outputs: Object.fromEntries(outputs) };
}

/** Every node that reads what a node made, or what was made from it. */
function readersOf({ plan }: Interpretation, name: string): string[] {
  const made = new Set([name]);
  // nodes stand in topological order: whoever reads comes later
  for (const node of plan.nodes) if (node.inputs.some(({ from }) => "node" in from && made.has(from.node))) made.add(node.name);
  made.delete(name);
  return [...made];
}

function reset(state: Interpretation, name: string): Interpretation {
  return update(state, name, (node) =>
    node.status === "running" ? node : { ...without(node, "error"), status: "waiting", cached: false },
  );
}

function update(state: Interpretation, name: string, change: (node: NodeState) => NodeState): Interpretation {
  const node = state.nodes.get(name);
  if (node === undefined) throw new RangeError(`no node '${name}' in plan of ${state.plan.pipeline}`);
  return { ...state, nodes: new Map(state.nodes).set(name, change(node)) };
}

function without<T extends object, K extends keyof T>(value: T, name: K): Omit<T, K> {
  const { [name]: _, ...rest } = value;
  return rest;
}
