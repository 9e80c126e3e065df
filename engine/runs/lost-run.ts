import { CrisolError } from "../../schemas/error.ts";
import type { NodeState, RunState } from "../../schemas/run-state.ts";
import type { Store } from "../../store/store.ts";

/**
 * Record in the journal that a run is over, if the journal has it as open but its server does not: the server's database was lost, or the
 * workflow was ended there by hand.
 *
 * @param server the external server that was asked; undefined: the home's own
 * @throws CrisolError CONFIG_INVALID if the run was started on another server: it may be open there
 * @returns the run's last state; undefined if the journal already had it as over
 */
export async function closeLost(store: Store, runId: string, server: string | undefined): Promise<RunState | undefined> {
  const startedAt = (await store.runs.get(runId)).server;
  const state = await store.runs.state(runId);
  if (state.status !== "running" && state.status !== "blocked" && state.status !== "paused") return undefined;
  if (startedAt !== server) throw startedElsewhere(runId, startedAt, server);
  const nodes = state.nodes.map(
    (node): NodeState => (node.status === "done" || node.status === "failed" ? node : { ...node, status: "skipped" }),
  );
  const { error: _, ...rest } = state;
  const closed: RunState = { ...rest, nodes, status: "canceled" };
  await store.runs.append(runId, [{ type: "state", at: new Date().toISOString(), state: closed }]);
  return closed;
}

function startedElsewhere(runId: string, startedAt: string | undefined, asked: string | undefined): CrisolError {
  const own = "the home's own server";
  return new CrisolError({
    code: "CONFIG_INVALID",
    what: "the run was started on another Temporal server than the one configured now",
    where: `run ${runId}, started on ${startedAt ?? own}; configured: ${asked ?? own}`,
    why: "the configured server does not know the run, which may be open on the other one",
    fix: "run the command with that server's address and namespace (temporal.config.ts, TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE)",
  });
}
