import { ingredientsOf, keyOf } from "../../planner/keys.ts";
import type { ArtifactRef } from "../../schemas/artifact.ts";
import type { Digest } from "../../schemas/digest.ts";
import { CrisolError, type ErrorParts } from "../../schemas/error.ts";
import type { Plan, PlanNode } from "../../schemas/plan.ts";
import type { Store } from "../../store/store.ts";
import { BoundedMap } from "../../system/bounded-map.ts";

/** Plans, at one epoch of a run each, whose nodes a worker remembers. */
const KEPT = 64;

/** What a node has made, and its key. */
export interface Made {
  readonly key: Digest;
  readonly outputs: { readonly [port: string]: ArtifactRef };
}

/** A plan as a run has it: the outputs of its nodes stay the same throughout an epoch. */
export interface PlanEpoch {
  readonly plan: Plan;
  readonly planDigest: Digest;
  readonly epoch: string;
}

/** What is known of a plan's nodes. */
interface PlanMemory {
  readonly nodes: ReadonlyMap<string, PlanNode>;
  /** Nodes by their keys and by their artifacts: this stays valid even when outputs are forgotten. */
  readonly makers: Map<string, string>;
  made: Map<string, Made>;
}

/**
 * What the nodes of a plan read: found by following records from the sources on, so that a run need not carry references around.
 *
 * A worker remembers what it has found, until the run says that it may have changed (another epoch) or something is found damaged.
 */
export class NodeOutputs {
  readonly #store: Store;
  readonly #plans = new BoundedMap<string, PlanMemory>(KEPT);

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * The artifacts that a node reads, in port order.
   *
   * @throws CrisolError ARTIFACT_DAMAGED when the record of an upstream node is gone.
   */
  async inputsOf(of: PlanEpoch, node: PlanNode): Promise<ArtifactRef[]> {
    return this.#inputs(of.plan, this.#memory(of), node);
  }

  /** What a node has made; undefined when it, or an upstream node, has no record. */
  async find(of: PlanEpoch, name: string): Promise<Made | undefined> {
    return this.#made(of.plan, this.#memory(of), name).catch((error: unknown) => {
      if (error instanceof CrisolError) return undefined;
      throw error;
    });
  }

  /** Remember what a node has just made. */
  keep(of: PlanEpoch, name: string, made: Made): void {
    const memory = this.#memory(of);
    const before = memory.made.get(name);
    // its outputs differ from before, so the nodes that read them have other keys now: forget what was known of all nodes
    if (before !== undefined && contentOf(before) !== contentOf(made)) memory.made = new Map();
    remember(memory, name, made);
  }

  /** Look everything up again: an artifact was found damaged, and another one may have replaced it by now. */
  forget(of: PlanEpoch): void {
    this.#memory(of).made = new Map();
  }

  /** The node of a plan that made a damaged artifact. */
  makerOf(of: PlanEpoch, damaged: ErrorParts["damaged"]): string | undefined {
    const { makers } = this.#memory(of);
    return makers.get(damaged?.producer ?? "") ?? makers.get(damaged?.artifact ?? "");
  }

  async #inputs(plan: Plan, memory: PlanMemory, node: PlanNode): Promise<ArtifactRef[]> {
    const inputs: ArtifactRef[] = [];
    for (const { from } of node.inputs) {
      const input =
        "source" in from ? plan.sources[from.source]?.artifact : (await this.#made(plan, memory, from.node)).outputs[from.output];
      if (input === undefined) throw new RangeError(`the plan has nothing for an input of ${node.name}`);
      inputs.push(input);
    }
    return inputs;
  }

  async #made(plan: Plan, memory: PlanMemory, name: string): Promise<Made> {
    // the map as it is now: if the memory is forgotten during this lookup, nothing is put back into it
    const all = memory.made;
    const known = all.get(name);
    if (known !== undefined) return known;
    const node = memory.nodes.get(name);
    if (node === undefined) throw new RangeError(`the plan has no node '${name}'`);
    const key = keyOf(ingredientsOf(node, await this.#inputs(plan, memory, node)));
    memory.makers.set(key, name);
    const record = await this.#store.records.get(key);
    if (record === undefined) throw recordGone(name, key);
    const made = { key, outputs: record.outputs };
    remember({ makers: memory.makers, made: all }, name, made);
    return made;
  }

  #memory({ plan, planDigest, epoch }: PlanEpoch): PlanMemory {
    const name = `${planDigest} ${epoch}`;
    const known = this.#plans.get(name);
    if (known !== undefined) return known;
    const memory = {
      nodes: new Map(plan.nodes.map((node) => [node.name, node])),
      makers: new Map<string, string>(),
      made: new Map<string, Made>(),
    };
    this.#plans.set(name, memory);
    return memory;
  }
}

function remember({ makers, made: all }: Pick<PlanMemory, "makers" | "made">, name: string, made: Made): void {
  makers.set(made.key, name);
  for (const { digest } of Object.values(made.outputs)) makers.set(digest, name);
  all.set(name, made);
}

/** A few characters that differ when a node's outputs do. */
export function contentOf({ outputs }: Pick<Made, "outputs">): string {
  const ports = Object.keys(outputs).sort();
  return ports.map((port) => outputs[port]?.content.slice(0, 16)).join("-");
}

function recordGone(node: string, key: Digest): CrisolError {
  return new CrisolError({
    code: "ARTIFACT_DAMAGED",
    what: `the record of ${node} is gone, or damaged`,
    where: `record ${key}`,
    why: "the stages that read its output can't run without it",
    fix: "nothing: the stage is run again",
    damaged: { blob: key, producer: key },
  });
}
