import { describeDamage, resolvePlan } from "../planner/resolve.ts";
import type { Plan } from "../schemas/plan.ts";
import type { NodeState, RunState, RunStatus } from "../schemas/run-state.ts";
import type { Store } from "../store/store.ts";
import type { NodeTurn, Resolution, RunActivities } from "../workflows/protocol.ts";
import type { MadeOutputs } from "./made-outputs.ts";
import type { PlanCache } from "./plan-cache.ts";

/** What the local activities need of their worker. */
export interface RunWorker {
  readonly store: Store;
  readonly plans: PlanCache;
  readonly outputs: MadeOutputs;
  readonly slots: Resolution["slots"];
}

/** The local activities of a run: look up everything that is cached, and keep the run's state where it can be read with no server up. */
export function runActivities({ store, plans, outputs, slots }: RunWorker): RunActivities {
  const append = (state: RunState) => store.runs.append(state.runId, [{ type: "state", at: new Date().toISOString(), state }]);
  const describe = async (plan: Plan, turn: Omit<RunState, "nodes" | "outputs" | "pipeline">, nodes: NodeState[]): Promise<RunState> => {
    const made = Object.entries(plan.outputs).flatMap(([name, { node, output }]) => {
      const artifact = nodes.find((state) => state.name === node && state.status === "done")?.outputs?.[output];
      return artifact === undefined ? [] : [[name, artifact]];
    });
    return { ...turn, pipeline: plan.pipeline, nodes, outputs: Object.fromEntries(made) };
  };

  return {
    async resolve({ runId, planDigest, continued }) {
      const plan = await plans.get(planDigest);
      outputs.forget(planDigest);
      const resolved = await resolvePlan(plan, store);
      const made = resolved.map(({ status }) => (status === "cached" ? "1" : "0")).join("");
      if (continued) return { made, slots };
      const nodes = resolved.map((found): NodeState => {
        const { name, stage } = found.node;
        const base = { name, stage, attempts: 0 };
        if (found.status === "cached") return { ...base, status: "done", cached: true, key: found.key, outputs: found.record.outputs };
        const damage = found.status === "run" ? found.damage : undefined;
        return { ...base, status: "waiting", cached: false, ...(damage === undefined ? {} : { note: describeDamage(damage) }) };
      });
      await append(await describe(plan, { runId, planDigest, status: "running" }, nodes));
      return { made, slots };
    },

    async journal({ runId, planDigest, status, nodes: turns }) {
      const [plan, { state }] = await Promise.all([plans.get(planDigest), store.runs.view(runId)]);
      const before = new Map(state.nodes.map((node) => [node.name, node]));
      const nodes: NodeState[] = [];
      for (const [index, { name, stage }] of plan.nodes.entries()) {
        const { error, ...known } = before.get(name) ?? { name, stage, cached: false, attempts: 0 };
        const turn = statusOf(turns[index] ?? "waiting", status);
        const made = turn === "done" ? await outputs.find(plan, planDigest, name) : undefined;
        nodes.push({ ...known, ...made, status: turn, ...(turn === "failed" && error !== undefined ? { error } : {}) });
      }
      await append(await describe(plan, { runId, planDigest, status }, nodes));
    },
  };
}

function statusOf(turn: NodeTurn, status: RunStatus): NodeState["status"] {
  return turn === "waiting" && (status === "failed" || status === "canceled") ? "skipped" : turn;
}
