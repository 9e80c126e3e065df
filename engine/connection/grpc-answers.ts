import { callGrpc } from "./grpc-call.ts";

/** Whether a Temporal server on this machine answers a call, within `patienceMs` milliseconds. */
export async function grpcAnswers(port: number, patienceMs: number): Promise<boolean> {
  return (await callGrpc(port, "/temporal.api.workflowservice.v1.WorkflowService/GetSystemInfo", new Uint8Array(), patienceMs)) === 0;
}
