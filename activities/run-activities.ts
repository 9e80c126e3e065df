import { resolveCached } from "../planner/resolve.ts";
import type { Store } from "../store/store.ts";
import type { RunActivities } from "../workflows/protocol.ts";
import type { PlanCache } from "./plan-cache.ts";

/** The local activities of a run: look up everything that is cached, and keep the run's state where it can be read with no server up. */
export function runActivities({ store, plans }: { readonly store: Store; readonly plans: PlanCache }): RunActivities {
  return {
    async resolve({ planDigest }) {
      return resolveCached(await plans.get(planDigest), store);
    },
    async journal({ state }) {
      await store.runs.append(state.runId, [{ type: "state", at: new Date().toISOString(), state }]);
    },
  };
}
