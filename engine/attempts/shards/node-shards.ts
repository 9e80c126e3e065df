import { keyOf } from "../../../planner/keys.ts";
import type { Manifest } from "../../../schemas/artifact.ts";
import type { Digest } from "../../../schemas/digest.ts";
import type { Progress } from "../../../schemas/event.ts";
import type { PlanMap } from "../../../schemas/plan.ts";
import type { Ingredients } from "../../../schemas/record.ts";
import { shardSizes, sizesAround } from "../../../store/artifacts/shard-cut.ts";
import { type Shard, shardsOf } from "../../../store/artifacts/shards.ts";
import type { Store } from "../../../store/store.ts";
import { BoundedMap } from "../../../system/bounded-map.ts";
import type { Attempt } from "../stage-worker.ts";

/** Artifacts whose shards a worker remembers, each for a size of shards. */
const remembered = new BoundedMap<string, readonly Shard[]>(8);

/** The input that a node maps over, and what the node's key is made of. */
interface MappedInput extends Pick<Manifest, "counts"> {
  readonly ingredients: Ingredients;
  readonly port: string;
}

/** The shards of a mapped node's input, each with the key of the node's output for it. */
export class NodeShards {
  readonly #shards: readonly Shard[];
  readonly #ingredients: Ingredients;
  readonly #port: string;
  readonly #counts: Manifest["counts"];

  private constructor(shards: readonly Shard[], { ingredients, port, counts }: MappedInput) {
    this.#shards = shards;
    this.#ingredients = ingredients;
    this.#port = port;
    this.#counts = counts;
  }

  /** @throws CrisolError ARTIFACT_DAMAGED when the input's manifest is. */
  static async of(
    store: Store,
    { node, inputs, ingredients }: Pick<Attempt, "node" | "inputs" | "ingredients">,
    map: PlanMap,
  ): Promise<NodeShards> {
    const input = inputs[node.inputs.findIndex(({ port }) => port === map.port)];
    if (input === undefined) throw new RangeError(`${node.name} has no input '${map.port}' to map over`);
    const manifest = await store.artifacts.manifest(input.digest);
    const bytes = map.bytes === undefined ? undefined : node.params[map.bytes];
    const cut = `${input.digest} ${bytes}`;
    const shards = remembered.get(cut) ?? shardsOf(manifest, typeof bytes === "number" ? sizesAround(bytes) : shardSizes);
    remembered.set(cut, shards);
    return new NodeShards(shards, { ingredients, port: map.port, counts: manifest.counts });
  }

  get length(): number {
    return this.#shards.length;
  }

  shard(index: number): { readonly port: string; readonly shard: Shard; readonly ingredients: Ingredients; readonly key: Digest } {
    const shard = this.#shards[index];
    if (shard === undefined) throw new RangeError(`there is no shard ${index} of ${this.length}`);
    const inputs = this.#ingredients.inputs.map((input) =>
      input.port === this.#port ? { ...input, content: shard.content, part: "shard" as const } : input,
    );
    const ingredients = { ...this.#ingredients, inputs };
    return { port: this.#port, shard, ingredients, key: keyOf(ingredients) };
  }

  /** Progress over the whole input, with its total: a stage that sees a shard does not know how much there is of what it counts. */
  measured(progress: Progress): Progress {
    const { done, unit, rate } = progress;
    const total = progress.total ?? this.#counts[unit];
    const eta = progress.eta ?? (total !== undefined && rate !== undefined ? Math.max(0, total - done) / rate : undefined);
    return { ...progress, total, eta };
  }

  /** The keys of all, in order. */
  keys(): Digest[] {
    return this.#shards.map((_, index) => this.shard(index).key);
  }
}
