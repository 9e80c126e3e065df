import type { Client } from "@temporalio/client";
import { openOn } from "./task-queue.ts";

/** An open workflow: that of a run, or of some of its shards. */
export interface OpenWorkflow {
  readonly workflowId: string;
  /** The run's id in crisol. */
  readonly run: string;
  readonly type: string;
  /** The version of workflow code that it is pinned to; undefined if it is not pinned. */
  readonly version: string | undefined;
}

/** The open workflows of a queue, according to the server's index: one that was just started may be missing. */
export async function openWorkflows(client: Client, taskQueue: string): Promise<OpenWorkflow[]> {
  const open: OpenWorkflow[] = [];
  for await (const { workflowId, type, raw } of client.workflow.list({ query: openOn(taskQueue) })) {
    const attributes = raw.searchAttributes?.indexedFields ?? {};
    const behavior = keyword(attributes.TemporalWorkflowVersioningBehavior?.data);
    // "deployment:version"
    const version = behavior === "Pinned" ? keyword(attributes.TemporalWorkerDeploymentVersion?.data)?.split(":").at(-1) : undefined;
    open.push({ workflowId, run: workflowId.split("/")[0] ?? workflowId, type, version });
  }
  return open;
}

function keyword(data: Uint8Array | null | undefined): string | undefined {
  const value: unknown = data ? JSON.parse(Buffer.from(data).toString("utf8")) : undefined;
  return typeof value === "string" ? value : undefined;
}
