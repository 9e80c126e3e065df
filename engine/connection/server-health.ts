import { setTimeout as sleep } from "node:timers/promises";
import { grpcAnswers } from "./grpc-answers.ts";
import type { ConnectionSettings } from "./settings/connection.ts";

/** What a server answered, or why it did not. */
export type Health = { readonly ok: true; readonly version: string } | { readonly ok: false; readonly reason: string };

/** Ask a Temporal server whether it is there, for at most `patienceMs` milliseconds. */
export async function askServer(settings: ConnectionSettings, patienceMs: number): Promise<Health> {
  // loaded late: it takes longer than everything else that a command loads
  const { Connection } = await import("@temporalio/client");
  try {
    const connection = await Connection.connect({ ...settings, connectTimeout: patienceMs });
    try {
      const { serverVersion } = await connection.withDeadline(Date.now() + patienceMs, () => connection.workflowService.getSystemInfo({}));
      return { ok: true, version: serverVersion ?? "" };
    } finally {
      await connection.close();
    }
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Ask a server that is starting on this machine until it answers (true), `gone` returns true, or `patienceMs` milliseconds have passed. */
export async function awaitServer(port: number, patienceMs: number, gone: () => boolean): Promise<boolean> {
  for (const deadline = performance.now() + patienceMs; !gone() && performance.now() < deadline; await sleep(10)) {
    if (await grpcAnswers(port, 5000)) return true;
  }
  return false;
}
