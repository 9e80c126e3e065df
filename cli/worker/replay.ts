import { type Client, WorkflowNotFoundError } from "@temporalio/client";
import type { History } from "@temporalio/common/lib/proto-utils.js";
import { Worker } from "@temporalio/worker";
import type { OpenWorkflow } from "./open-workflows.ts";
import { breakOf } from "./replay-break.ts";

/** Whether workflow code can go on with an open workflow. */
export interface Replayed {
  readonly open: OpenWorkflow;
  readonly events: number;
  /** Where its history and the code differ, in a line; undefined when it fits. */
  readonly breaks?: string;
}

/**
 * Replay the histories of open workflows on a bundle, one after the other.
 *
 * One that has ended meanwhile is left out.
 */
export async function* replayOpen(
  client: Client,
  open: readonly OpenWorkflow[],
  bundle: { readonly codePath: string },
): AsyncGenerator<Replayed> {
  const replayed = new Map<string, { readonly open: OpenWorkflow; readonly history: History }>();
  const begun: Replayed[] = [];
  async function* histories() {
    for (const workflow of open) {
      const history = await historyOf(client, workflow.workflowId);
      if (history === undefined) continue;
      // no code has said anything yet
      if (!history.events?.some((event) => event.workflowTaskCompletedEventAttributes)) {
        begun.push({ open: workflow, events: history.events?.length ?? 0 });
        continue;
      }
      replayed.set(workflow.workflowId, { open: workflow, history });
      yield { workflowId: workflow.workflowId, history };
    }
  }
  const { payloadCodecs } = client.options.loadedDataConverter;
  const options = { workflowBundle: { codePath: bundle.codePath }, replayName: "replay", dataConverter: { payloadCodecs } };
  const replays = (history: History) =>
    Worker.runReplayHistory(options, history).then(
      () => true,
      () => false,
    );
  for await (const result of Worker.runReplayHistories(options, histories())) {
    const known = replayed.get(result.workflowId);
    replayed.delete(result.workflowId);
    if (known === undefined) continue;
    const events = known.history.events?.length ?? 0;
    const breaks = result.error && (await breakOf(result.error, known.history, replays));
    yield { open: known.open, events, ...(breaks !== undefined && { breaks }) };
  }
  yield* begun;
}

async function historyOf(client: Client, workflowId: string): Promise<History | undefined> {
  try {
    return await client.workflow.getHandle(workflowId).fetchHistory();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
