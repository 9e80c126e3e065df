import type { NodeState, RunState } from "../../schemas/run-state.ts";
import type { Store } from "../../store/store.ts";

/**
 * Write down that a run is over which its server does not have as open, though its journal does: the server's database was lost, or the
 * workflow was ended there by hand.
 *
 * @returns the run's last state; undefined when the journal knew already how it ended
 */
export async function closeLost(store: Store, runId: string): Promise<RunState | undefined> {
  const state = await store.runs.state(runId);
  if (state.status !== "running" && state.status !== "blocked" && state.status !== "paused") return undefined;
  const nodes = state.nodes.map(
    (node): NodeState => (node.status === "done" || node.status === "failed" ? node : { ...node, status: "skipped" }),
  );
  const { error: _, ...rest } = state;
  const closed: RunState = { ...rest, nodes, status: "canceled" };
  await store.runs.append(runId, [{ type: "state", at: new Date().toISOString(), state: closed }]);
  return closed;
}
