import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectionSettings } from "../config/connection.ts";

/** What a server answered, or why it did not. */
export type Health = { readonly ok: true; readonly version: string } | { readonly ok: false; readonly reason: string };

/** Ask a Temporal server whether it is there, for at most `patience` milliseconds. */
export async function askServer(settings: ConnectionSettings, patience: number): Promise<Health> {
  // loaded late: it costs more than everything else that a command loads
  const { Connection } = await import("@temporalio/client");
  try {
    const connection = await Connection.connect({ ...settings, connectTimeout: patience });
    try {
      const { serverVersion } = await connection.withDeadline(Date.now() + patience, () => connection.workflowService.getSystemInfo({}));
      return { ok: true, version: serverVersion ?? "" };
    } finally {
      await connection.close();
    }
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Ask a server that is starting on this machine until it answers, `gone` says that it never will, or `patience` milliseconds are over. */
export async function awaitServer(port: number, patience: number, gone: () => boolean): Promise<Health> {
  const loading = import("@temporalio/client");
  const deadline = Date.now() + patience;
  // gRPC waits a second after a refused connection
  while (!gone() && Date.now() < deadline && !(await accepts(port))) await sleep(10);
  await loading;
  for (;;) {
    const health = await askServer({ address: `127.0.0.1:${port}` }, 5000);
    if (health.ok || gone() || Date.now() > deadline) return health;
    await sleep(50);
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
