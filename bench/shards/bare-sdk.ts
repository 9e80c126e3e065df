import { Client, Connection } from "@temporalio/client";
import { DefaultLogger, makeTelemetryFilterString, NativeConnection, Runtime, Worker } from "@temporalio/worker";

/** Activities of one workflow: enough at once, without long workflow tasks. */
const OF_A_WORKFLOW = 100;

/** Activities a second of the bare SDK on a server: each does nothing, and only the server records that it was done. */
export async function bareSdk({ address, namespace }: { readonly address: string; readonly namespace: string }, activities: number) {
  Runtime.install({
    logger: new DefaultLogger("ERROR"),
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: "ERROR", other: "ERROR" }) } },
  });
  const [connection, native] = await Promise.all([Connection.connect({ address }), NativeConnection.connect({ address })]);
  try {
    const client = new Client({ connection, namespace });
    const worker = await Worker.create({
      connection: native,
      namespace,
      taskQueue: "bare",
      workflowsPath: new URL("./bare-workflow.ts", import.meta.url).pathname,
      activities: { nothing: async (index: number) => index },
    });
    return await worker.runUntil(async () => {
      const began = performance.now();
      const starts = Array.from({ length: Math.ceil(activities / OF_A_WORKFLOW) }, (_, index) => index * OF_A_WORKFLOW);
      await Promise.all(
        starts.map((from) =>
          client.workflow.execute("bareActivities", {
            taskQueue: "bare",
            workflowId: `bare-${from}`,
            args: [from, Math.min(activities, from + OF_A_WORKFLOW)],
          }),
        ),
      );
      return activities / ((performance.now() - began) / 1000);
    });
  } finally {
    await connection.close();
    await native.close();
  }
}
