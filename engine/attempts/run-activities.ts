import { describeDamage, resolvePlan } from "../../planner/resolve.ts";
import { ErrorCodes, errorData, isCrisolError } from "../../schemas/error.ts";
import type { Plan } from "../../schemas/plan.ts";
import type { NodeState, RunState, RunStatus } from "../../schemas/run-state.ts";
import type { Store } from "../../store/store.ts";
import type { NodeTurn, Resolution, RunActivities } from "../../workflows/protocol.ts";
import type { NodeOutputs } from "./node-outputs.ts";
import type { PlanCache } from "./plan-cache.ts";
import { applicationFailure } from "./stage-failure.ts";

/** What the local activities need of their worker. */
export interface RunWorker {
  readonly store: Store;
  readonly plans: PlanCache;
  readonly outputs: NodeOutputs;
  readonly slots: Resolution["slots"];
}

/** The local activities of a run: look up everything that is cached, and keep the run's state where it can be read with no server up. */
export function runActivities({ store, plans, outputs, slots }: RunWorker): RunActivities {
  const append = (state: RunState) => store.runs.append(state.runId, [{ type: "state", at: new Date().toISOString(), state }]);
  return {
    async resolve({ runId, planDigest, continued }) {
      const plan = await plans.get(planDigest).catch(refuse);
      const resolved = await resolvePlan(plan, store);
      const made = resolved.map(({ status }) => (status === "cached" ? "1" : "0")).join("");
      if (continued) return { made, slots };
      const before = new Map((await store.runs.state(runId).catch(refuse)).nodes.map((node) => [node.name, node]));
      const nodes = resolved.map((found): NodeState => {
        const { name, stage } = found.node;
        const base = { name, stage, attempts: 0 };
        if (found.status === "cached") {
          const earlier = before.get(name);
          // what this run computed itself, before its plan was replaced, does not count as cached
          if (earlier?.status === "done" && earlier.key === found.key) return { ...earlier, outputs: found.record.outputs };
          return { ...base, status: "done", cached: true, key: found.key, outputs: found.record.outputs };
        }
        const damage = found.status === "run" ? found.damage : undefined;
        return { ...base, status: "waiting", cached: false, ...(damage === undefined ? {} : { note: describeDamage(damage) }) };
      });
      await append(describe(plan, { runId, planDigest, status: "running" }, nodes));
      return { made, slots };
    },

    async journal({ runId, planDigest, epoch, status, nodes: turns, errors, error: reason }) {
      const state = await store.runs.findState(runId);
      // a deleted run has no journal to write, but its workflow must still be able to end
      if (state === undefined) return;
      if (reason !== undefined) return append({ ...state, planDigest, status, error: reason });
      // a plan that can no longer be read must not keep the run from reporting its state
      const plan = await plans.get(planDigest).catch((error) => (isCrisolError(error) ? undefined : Promise.reject(error)));
      const before = new Map(state.nodes.map((node) => [node.name, node]));
      const nodes: NodeState[] = [];
      for (const [index, { name, stage }] of (plan?.nodes ?? state.nodes).entries()) {
        const { error: earlier, ...known } = before.get(name) ?? { name, stage, cached: false, attempts: 0 };
        const reported = errors[name];
        const error = reported === undefined ? earlier : errorData(reported);
        const turn = statusOf(turns[index] ?? "waiting", status);
        const made = turn === "done" && plan !== undefined ? await outputs.find({ plan, planDigest, epoch }, name) : undefined;
        nodes.push({ ...known, ...made, status: turn, ...(turn === "failed" && error !== undefined ? { error } : {}) });
      }
      const run = { runId, planDigest, status };
      await append(plan === undefined ? { ...state, ...run, nodes } : describe(plan, run, nodes));
    },

    async shardsFailed({ runId, node, error: { producer, ...error } }) {
      const state = await store.runs.findState(runId);
      if (state === undefined) return;
      const attempt = Math.max(1, state.nodes.find(({ name }) => name === node)?.attempts ?? 1);
      const retry = producer !== undefined;
      await store.runs.append(runId, [{ type: "attemptFailed", at: new Date().toISOString(), node, attempt, error, retry }]);
    },
  };
}

/** A run's state with those outputs of its plan that exist so far. */
function describe(plan: Plan, run: Pick<RunState, "runId" | "planDigest" | "status">, nodes: NodeState[]): RunState {
  const made = Object.entries(plan.outputs).flatMap(([name, { node, output }]) => {
    const artifact = nodes.find((state) => state.name === node && state.status === "done")?.outputs?.[output];
    return artifact === undefined ? [] : [[name, artifact]];
  });
  return { ...run, pipeline: plan.pipeline, nodes, outputs: Object.fromEntries(made) };
}

/** An error that a retry can't fix (a damaged plan, a run that is gone) ends the run; it must not be retried for ever. */
function refuse(error: unknown): never {
  if (isCrisolError(error) && !ErrorCodes[error.parts.code].retry) throw applicationFailure(error.parts, { retry: false });
  throw error;
}

function statusOf(turn: NodeTurn, status: RunStatus): NodeState["status"] {
  return turn === "waiting" && (status === "failed" || status === "canceled") ? "skipped" : turn;
}
