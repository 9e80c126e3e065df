import type { Digest } from "../../schemas/digest.ts";
import type { Plan } from "../../schemas/plan.ts";
import type { Store } from "../../store/store.ts";
import { BoundedMap } from "../../system/bounded-map.ts";

/** Plans that a worker keeps in memory. */
const KEPT = 32;

/** Plans by digest, read from the store once. */
export class PlanCache {
  readonly #store: Store;
  readonly #plans = new BoundedMap<Digest, Promise<Plan>>(KEPT);

  constructor(store: Store) {
    this.#store = store;
  }

  get(digest: Digest): Promise<Plan> {
    const known = this.#plans.get(digest);
    if (known) return known;
    const plan = this.#store.runs.plan(digest);
    this.#plans.set(digest, plan);
    plan.catch(() => this.#plans.delete(digest));
    return plan;
  }
}
