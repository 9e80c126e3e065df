import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Client, Connection } from "@temporalio/client";
import { expect } from "vitest";
import type { Project } from "./project.ts";

/** The limits for every history of a home's server (design, section 5). */
const LIMITS = { events: 4_000, bytes: 4_000_000, payload: 16_384 };

/** A client of a project's own server; the function closes it. */
export async function clientOf(project: Pick<Project, "home">): Promise<{ client: Client; close: () => Promise<void> }> {
  const { address, namespace } = JSON.parse(await readFile(join(project.home, "services.json"), "utf8")) as Record<string, string>;
  const connection = await Connection.connect({ address: String(address) });
  return { client: new Client({ connection, namespace: String(namespace) }), close: () => connection.close() };
}

/**
 * Check every history of a project's server against the limits: events, bytes, and the size of payloads other than the plan.
 *
 * @returns the largest values found, and the number of histories of each workflow type.
 */
export async function checkHistories(project: Project) {
  expect((await project.crisol("up")).code).toBe(0);
  const { client, close } = await clientOf(project);
  const largest = { events: 0, bytes: 0, payload: 0 };
  const types: Record<string, number> = {};
  const large: string[] = [];
  try {
    for await (const { workflowId, runId, type } of client.workflow.list()) {
      const handle = client.workflow.getHandle(workflowId, runId);
      const [{ historyLength, historySize = 0 }, { events }] = [await handle.describe(), await handle.fetchHistory()];
      types[type] = (types[type] ?? 0) + 1;
      largest.events = Math.max(largest.events, historyLength);
      largest.bytes = Math.max(largest.bytes, historySize);
      for (const event of events ?? []) {
        for (const bytes of holdsPlan(type, event) ? [] : payloadSizes(event)) {
          largest.payload = Math.max(largest.payload, bytes);
          if (bytes > LIMITS.payload) large.push(`${workflowId}, event ${event.eventId}: ${bytes} bytes`);
        }
      }
    }
  } finally {
    await close();
  }
  expect(large).toEqual([]);
  expect(largest.events).toBeLessThan(LIMITS.events);
  expect(largest.bytes).toBeLessThan(LIMITS.bytes);
  return { largest, types };
}

type HistoryEvent = NonNullable<Awaited<ReturnType<ReturnType<Client["workflow"]["getHandle"]>["fetchHistory"]>>["events"]>[number];

/** The plan is sent when a run starts, when it continues in a new history, and when it is amended. */
function holdsPlan(type: string, event: HistoryEvent): boolean {
  if (type !== "runPlan") return false;
  const signal = event.workflowExecutionSignaledEventAttributes?.signalName;
  return (
    Boolean(event.workflowExecutionStartedEventAttributes ?? event.workflowExecutionContinuedAsNewEventAttributes) || signal === "resume"
  );
}

/** Bytes of each payload, and of each other text, wherever it is in an event. */
function payloadSizes(value: unknown): number[] {
  if (typeof value === "string") return [Buffer.byteLength(value)];
  if (value instanceof Uint8Array) return [value.length];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(payloadSizes);
}
