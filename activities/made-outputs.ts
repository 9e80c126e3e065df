import { ingredientsOf, keyOf } from "../planner/keys.ts";
import type { ArtifactRef } from "../schemas/artifact.ts";
import type { Digest } from "../schemas/digest.ts";
import { CrisolError, type ErrorParts } from "../schemas/error.ts";
import type { Plan, PlanNode } from "../schemas/plan.ts";
import { BoundedMap } from "../store/bounded-map.ts";
import type { Store } from "../store/store.ts";

/** Plans whose nodes a worker remembers. */
const KEPT = 32;

/** What a node has made, and its key. */
export interface Made {
  readonly key: Digest;
  readonly outputs: { readonly [port: string]: ArtifactRef };
}

/** What is known of a plan's nodes. */
interface PlanMemory {
  readonly nodes: ReadonlyMap<string, PlanNode>;
  readonly made: Map<string, Made>;
}

/**
 * What the nodes of a plan read: found by following records from the sources on, so that no run need carry references around.
 *
 * A worker remembers what it has found; what was found damaged is to be forgotten.
 */
export class MadeOutputs {
  readonly #store: Store;
  readonly #plans = new BoundedMap<Digest, PlanMemory>(KEPT);

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * The artifacts that a node reads, in port order.
   *
   * @throws CrisolError ARTIFACT_DAMAGED when the record of a node before it is gone.
   */
  async inputsOf(plan: Plan, planDigest: Digest, node: PlanNode): Promise<ArtifactRef[]> {
    return this.#inputs(plan, this.#memory(plan, planDigest), node);
  }

  /** What a node has made; undefined when it, or a node before it, has no record. */
  async find(plan: Plan, planDigest: Digest, name: string): Promise<Made | undefined> {
    return this.#made(plan, this.#memory(plan, planDigest), name).catch((error: unknown) => {
      if (error instanceof CrisolError) return undefined;
      throw error;
    });
  }

  /** Remember what a node has just made. */
  keep(plan: Plan, planDigest: Digest, name: string, made: Made): void {
    const memory = this.#memory(plan, planDigest);
    const before = memory.made.get(name);
    // made again, and otherwise: what follows has other keys now
    if (before !== undefined && contentOf(before) !== contentOf(made)) memory.made.clear();
    memory.made.set(name, made);
  }

  /** Look everything up again: an artifact was found damaged, and may be another one by now. */
  forget(planDigest: Digest): void {
    this.#plans.delete(planDigest);
  }

  /** The node of a plan that made a damaged artifact. */
  makerOf(planDigest: Digest, damaged: ErrorParts["damaged"]): string | undefined {
    if (damaged === undefined) return undefined;
    for (const [name, { key, outputs }] of this.#plans.get(planDigest)?.made ?? []) {
      if (key === damaged.producer || Object.values(outputs).some(({ digest }) => digest === damaged.artifact)) return name;
    }
    return undefined;
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
    const known = memory.made.get(name);
    if (known !== undefined) return known;
    const node = memory.nodes.get(name);
    if (node === undefined) throw new RangeError(`the plan has no node '${name}'`);
    const key = keyOf(ingredientsOf(node, await this.#inputs(plan, memory, node)));
    const record = await this.#store.records.get(key);
    const made = { key, outputs: record?.outputs ?? {} };
    memory.made.set(name, made);
    if (record === undefined) throw recordGone(name, key);
    return made;
  }

  #memory(plan: Plan, planDigest: Digest): PlanMemory {
    const known = this.#plans.get(planDigest);
    if (known !== undefined) return known;
    const memory = { nodes: new Map(plan.nodes.map((node) => [node.name, node])), made: new Map<string, Made>() };
    this.#plans.set(planDigest, memory);
    return memory;
  }
}

/** A few characters that differ when what a node made does. */
export function contentOf({ outputs }: Pick<Made, "outputs">): string {
  const ports = Object.keys(outputs).sort();
  return ports.map((port) => outputs[port]?.content.slice(0, 16)).join("-");
}

function recordGone(node: string, key: Digest): CrisolError {
  return new CrisolError({
    code: "ARTIFACT_DAMAGED",
    what: `the record of ${node} is gone, or damaged`,
    where: `record ${key}`,
    why: "what reads its output can't run without",
    fix: "nothing: the stage is run again",
    damaged: { blob: key, producer: key },
  });
}
