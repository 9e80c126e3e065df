import { WORKFLOW_TASK_SECONDS } from "../../workflows/protocol.ts";
import type { RunWorkflow } from "./run-workflow.ts";

const NORMAL_QUEUE = 1;

/**
 * The message `temporal.api.workflowservice.v1.StartWorkflowExecutionRequest` for a run, encoded as the SDK's client would.
 *
 * @param caller the client, shown by the server; requests with the same `requestId` count as one
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export function startRequest(
  { type, id, taskQueue, input, attributes, summary, fairnessKey }: RunWorkflow,
  { namespace, identity, requestId }: { readonly namespace: string; readonly identity: string; readonly requestId: string },
): Buffer {
  const keywords = Object.entries(attributes).map(([name, value]) =>
    field(1, Buffer.concat([field(1, name), field(2, payload(value, { type: "Keyword" }))])),
  );
  return Buffer.concat([
    field(1, namespace),
    field(2, id),
    field(3, field(1, type)),
    field(4, Buffer.concat([field(1, taskQueue), number(2, NORMAL_QUEUE)])),
    field(5, field(1, payload(input))),
    // temporal.api's Duration, in seconds
    field(8, number(1, WORKFLOW_TASK_SECONDS)),
    field(9, identity),
    field(10, requestId),
    field(15, Buffer.concat(keywords)),
    // headers: none
    field(16, ""),
    field(23, field(1, payload(summary))),
    field(27, field(2, fairnessKey)),
  ]);
}

/** A value as Temporal's default converter writes it: JSON, with metadata. */
function payload(value: unknown, metadata: { readonly [name: string]: string } = {}): Buffer {
  const entries = Object.entries({ encoding: "json/plain", ...metadata });
  const described = entries.map(([name, text]) => field(1, Buffer.concat([field(1, name), field(2, text)])));
  return Buffer.concat([...described, field(2, JSON.stringify(value))]);
}

/** A field of bytes, text or a message: its number and wire type 2, the length, the contents. */
function field(id: number, contents: string | Buffer): Buffer {
  const bytes = Buffer.from(contents);
  return Buffer.concat([varint((id << 3) | 2), varint(bytes.length), bytes]);
}

/** A field of a small number: wire type 0. */
function number(id: number, value: number): Buffer {
  return Buffer.concat([varint(id << 3), varint(value)]);
}

/** Seven bits per byte, the lowest first. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  return Buffer.from([...bytes, value]);
}
