import { type Client, WorkflowNotFoundError } from "@temporalio/client";
import type { PayloadCodec } from "@temporalio/common";
import type { History } from "@temporalio/common/lib/proto-utils.js";
import { Worker } from "@temporalio/worker";
import type { OpenWorkflow } from "../../connection/open-workflows.ts";
import { breakOf } from "./replay-break.ts";

/** Whether workflow code can continue an open workflow. */
export interface Replayed {
  readonly open: OpenWorkflow;
  readonly events: number;
  /** Where its history and the code differ, in a line; undefined if it fits. */
  readonly breaks?: string;
  /** Why it can't be checked: the codec has another key, say. */
  readonly unreadable?: string;
}

/**
 * Replay the histories of open workflows on a bundle, one after the other.
 *
 * Workflows that have ended meanwhile are left out.
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
      // no workflow task has been completed yet: any code fits
      if (!history.events?.some((event) => event.workflowTaskCompletedEventAttributes)) {
        begun.push({ open: workflow, events: history.events?.length ?? 0 });
        continue;
      }
      replayed.set(workflow.workflowId, { open: workflow, history });
      yield { workflowId: workflow.workflowId, history };
    }
  }
  const unreadable = new Set<string>();
  const payloadCodecs = client.options.loadedDataConverter.payloadCodecs.map((codec) => noting(codec, unreadable));
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
    const { error } = result;
    const reason = [...unreadable].find((message) => error?.message.includes(message));
    if (error === undefined) yield { open: known.open, events };
    else if (reason !== undefined) yield { open: known.open, events, unreadable: reason };
    else yield { open: known.open, events, breaks: await breakOf(error, known.history, replays) };
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

/** A codec that collects its errors: of these, the SDK passes on only the text. */
function noting(codec: PayloadCodec, messages: Set<string>): PayloadCodec {
  return {
    encode: (...args) => codec.encode(...args),
    decode: (...args) =>
      codec.decode(...args).catch((error: unknown) => {
        messages.add(error instanceof Error ? error.message : String(error));
        throw error;
      }),
  };
}
