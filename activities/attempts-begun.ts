import { BoundedMap } from "../store/bounded-map.ts";
import type { Store } from "../store/store.ts";
import type { Attempt, RunPlace, StageWorker } from "./stage-worker.ts";

/** Runs, at one epoch each, that a worker remembers. */
const KEPT = 32;

/** A run at an epoch. */
type Place = Pick<RunPlace, "runId" | "epoch">;

/** How many attempts at each node of a run have begun, in whatever worker: read from its journal once an epoch, and counted on from there. */
export class AttemptsBegun {
  readonly #store: Store;
  readonly #begun = new BoundedMap<string, Promise<Map<string, number>>>(KEPT);

  constructor(store: Store) {
    this.#store = store;
  }

  /** @param elsewhere another worker may have had the node since it was last asked after */
  async before(place: Place, node: string, elsewhere: boolean): Promise<number> {
    const name = nameOf(place);
    const begun = (elsewhere ? undefined : this.#begun.get(name)) ?? this.#read(place.runId);
    this.#begun.set(name, begun);
    begun.catch(() => this.#begun.delete(name));
    return (await begun).get(node) ?? 0;
  }

  /** Take note that an attempt of this number has begun. */
  note(place: Place, node: string, number: number): void {
    void this.#begun.get(nameOf(place))?.then((begun) => begun.set(node, number));
  }

  async #read(runId: string): Promise<Map<string, number>> {
    const state = await this.#store.runs.findState(runId);
    return new Map(state?.nodes.map(({ name, attempts }) => [name, attempts]));
  }
}

function nameOf({ runId, epoch }: Place): string {
  return `${runId} ${epoch}`;
}

/** Note that an attempt has a host, or is at its shards. */
export function begins({ begun }: StageWorker, { run, node, number, journal }: Attempt): void {
  begun.note(run, node.name, number);
  journal.attempt(number);
}
