/**
 * The interpreter of plans: which nodes can run, and what follows from how they ended. Pure and plain, so that it is tested without Temporal.
 */
import type { Plan, PlanNode } from "../schemas/plan.ts";
import type { CarriedOn, MadeNode, NodeTurn, StageError } from "./protocol.ts";

/** How often a node may be run again because a reader found its artifact damaged. */
const REPAIRS = 3;

/** A node under interpretation. */
export interface NodeProgress {
  readonly turn: NodeTurn;
  /** A few characters that stand for its outputs when it last completed. */
  readonly content?: string;
  readonly error?: StageError;
}

/** The state of a run under interpretation. */
export interface Interpretation {
  readonly plan: Plan;
  readonly nodes: ReadonlyMap<string, NodeProgress>;
  readonly repairs: ReadonlyMap<string, number>;
  /** Running nodes whose input has been recreated meanwhile with other contents: their results are discarded. */
  readonly stale: ReadonlySet<string>;
  /** Grows whenever outputs of nodes may have changed: workers that remember outputs must look them up again. */
  readonly epoch: number;
  /** Stages that took long in this run. */
  readonly slow: ReadonlySet<string>;
  /** The error that ends the run for good: a gate that said no. */
  readonly rejected?: StageError;
}

/** Begin after the nodes that are done ("1" in `made`, a character for each node), with what was carried over from an earlier history. */
export function begin(plan: Plan, made = "", carried?: CarriedOn): Interpretation {
  const failed = new Set(carried?.failed);
  const turnOf = ({ name }: PlanNode, index: number): NodeTurn => {
    if (made[index] === "1") return "done";
    return failed.has(name) ? "failed" : "waiting";
  };
  const nodes = plan.nodes.map((node, index): [string, NodeProgress] => [node.name, { turn: turnOf(node, index) }]);
  return { plan, nodes: new Map(nodes), repairs: new Map(carried?.repairs), stale: new Set(), epoch: 0, slow: new Set() };
}

/** Continue with another plan. Until the store is looked up, its nodes have the state that the nodes of the same names had. */
export function amend(state: Interpretation, plan: Plan): Interpretation {
  const fresh = begin(plan);
  return { ...fresh, nodes: new Map([...fresh.nodes].map(([name, progress]) => [name, state.nodes.get(name) ?? progress])) };
}

/** What must be carried over into a new history. */
export function carryOn(state: Interpretation, paused: boolean): CarriedOn {
  const failed = [...state.nodes].flatMap(([name, { turn }]) => (turn === "failed" ? [name] : []));
  return { paused, failed, repairs: [...state.repairs] };
}

/** Every node that waits and whose inputs are all there, in the order of the plan. */
export function ready(state: Interpretation): PlanNode[] {
  if (state.rejected) return [];
  return state.plan.nodes.filter(
    (node) =>
      turnOf(state, node.name) === "waiting" && node.inputs.every(({ from }) => "source" in from || turnOf(state, from.node) === "done"),
  );
}

/** How a node stands. */
export function turnOf(state: Interpretation, name: string): NodeTurn {
  return progressOf(state, name).turn;
}

/** Nodes were handed to a worker. */
export function start(state: Interpretation, names: readonly string[]): Interpretation {
  const stale = state.stale.difference(new Set(names));
  return update({ ...state, stale }, names, ({ error: _, ...progress }) => ({ ...progress, turn: "running" }));
}

/** Nodes were not begun, or called off: those that were running wait again. */
export function stop(state: Interpretation, names: readonly string[]): Interpretation {
  return update(state, names, (progress) => (progress.turn === "running" ? { ...progress, turn: "waiting" } : progress));
}

/**
 * A node is done. If it was run again and its outputs differ (or are not known from before), the nodes that depend on it wait again: those
 * whose results are still valid are found on record.
 */
export function succeed(state: Interpretation, made: MadeNode): Interpretation {
  const { node, content, slow } = made;
  if (state.stale.has(node)) return stop(state, [node]);
  const before = progressOf(state, node).content;
  const done = update(state, [node], ({ error: _, ...progress }) => ({ ...progress, turn: "done", content }));
  const counted = slow ? { ...done, slow: new Set([...done.slow, stageOf(state, node)]) } : done;
  const differs = before === undefined ? state.repairs.has(node) : before !== content;
  return differs ? reset({ ...counted, epoch: counted.epoch + 1 }, readersOf(counted, node)) : counted;
}

/**
 * A node ended in an error that no retry fixes. A damaged input is recreated; a rejection ends the run; all else blocks. An error of a node whose
 * input was recreated meanwhile is ignored.
 */
export function fail(state: Interpretation, name: string, error: StageError): Interpretation {
  if (state.stale.has(name)) return stop(state, [name]);
  const producer = error.code === "ARTIFACT_DAMAGED" ? error.producer : undefined;
  if (producer !== undefined && state.nodes.has(producer)) {
    const repairs = state.repairs.get(producer) ?? 0;
    const waits = reset(stop(state, [name]), [name]);
    // another reader may have found it before
    if (producer !== name && turnOf(state, producer) !== "done") return waits;
    if (repairs < REPAIRS) {
      const counted = new Map(state.repairs).set(producer, repairs + 1);
      return reset({ ...waits, repairs: counted, epoch: state.epoch + 1 }, [producer]);
    }
  }
  const failed = update(state, [name], (progress) => ({ ...progress, turn: "failed", error }));
  return error.code === "REJECTED" ? { ...failed, rejected: error } : failed;
}

/** Let every failed node wait again, and allow as many repairs of damaged nodes as at the start. */
export function retry(state: Interpretation): Interpretation {
  return reset(
    { ...state, repairs: new Map() },
    [...state.nodes].flatMap(([name, { turn }]) => (turn === "failed" ? [name] : [])),
  );
}

/** How the run stands, given whether anything is running. */
export function verdict(state: Interpretation): "running" | "blocked" | "completed" | "failed" {
  const turns = [...state.nodes.values()].map(({ turn }) => turn);
  if (turns.includes("running")) return "running";
  if (state.rejected) return "failed";
  if (turns.every((turn) => turn === "done")) return "completed";
  return ready(state).length > 0 ? "running" : "blocked";
}

/** Every node that reads a node's outputs, directly or through others. */
function readersOf({ plan }: Interpretation, name: string): string[] {
  const made = new Set([name]);
  // nodes are in topological order: readers come later
  for (const node of plan.nodes) if (node.inputs.some(({ from }) => "node" in from && made.has(from.node))) made.add(node.name);
  made.delete(name);
  return [...made];
}

/** Let nodes wait again; those at work once they end. */
function reset(state: Interpretation, names: readonly string[]): Interpretation {
  const stale = new Set([...state.stale, ...names.filter((name) => turnOf(state, name) === "running")]);
  return update({ ...state, stale }, names, ({ error: _, ...progress }) => ({
    ...progress,
    turn: progress.turn === "running" ? "running" : "waiting",
  }));
}

function stageOf({ plan }: Interpretation, name: string): string {
  return plan.nodes.find((node) => node.name === name)?.stage ?? name;
}

function progressOf(state: Interpretation, name: string): NodeProgress {
  const progress = state.nodes.get(name);
  if (progress === undefined) throw new RangeError(`no node '${name}' in plan of ${state.plan.pipeline}`);
  return progress;
}

function update(state: Interpretation, names: readonly string[], change: (progress: NodeProgress) => NodeProgress): Interpretation {
  const nodes = new Map(state.nodes);
  for (const name of names) nodes.set(name, change(progressOf(state, name)));
  return { ...state, nodes };
}
