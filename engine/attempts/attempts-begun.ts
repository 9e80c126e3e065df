import type { Store } from "../../store/store.ts";
import { BoundedMap } from "../../system/bounded-map.ts";

/** Runs, at one epoch each, that a worker remembers. */
const KEPT = 32;

/** A run at an epoch. */
interface RunEpoch {
  readonly runId: string;
  readonly epoch: string;
}

/**
 * How many attempts at each node of a run have begun, in whatever worker, by which they are numbered: read from its journal once an epoch, and counted
 * on from there. Not all of them count against the stage (`failure-count.ts`): those lost with their worker don't.
 */
export class AttemptsBegun {
  readonly #store: Store;
  readonly #begun = new BoundedMap<string, Promise<Map<string, number>>>(KEPT);

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * How many have begun so far.
   *
   * @param elsewhere another worker may have run the node since this was last looked up
   */
  async before(run: RunEpoch, node: string, elsewhere: boolean): Promise<number> {
    const name = nameOf(run);
    const begun = (elsewhere ? undefined : this.#begun.get(name)) ?? this.#read(run.runId);
    this.#begun.set(name, begun);
    begun.catch(() => this.#begun.delete(name));
    return (await begun).get(node) ?? 0;
  }

  /** Record that an attempt of this number has begun. */
  note(run: RunEpoch, node: string, number: number): void {
    void this.#begun.get(nameOf(run))?.then((begun) => begun.set(node, number));
  }

  async #read(runId: string): Promise<Map<string, number>> {
    const state = await this.#store.runs.findState(runId);
    return new Map(state?.nodes.map(({ name, attempts }) => [name, attempts]));
  }
}

function nameOf({ runId, epoch }: RunEpoch): string {
  return `${runId} ${epoch}`;
}
