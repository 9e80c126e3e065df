/** The worker process: polls a home's task queues until its standard input closes or it is told to stop. */
import { flushCompileCache } from "node:module";
import { parseArgs } from "node:util";
import { HostProcess } from "../host/host-process.ts";
import { ErrorCodes, isCrisolError } from "../schemas/error.ts";
import { renderError } from "./terminal.ts";
import { giveSignsOfLife } from "./worker/signs-of-life.ts";

/** MiB of heap of the host for the first stage: that of one that says nothing else. */
const WARM_HOST = 2048;

const { values } = parseArgs({
  options: {
    home: { type: "string" },
    address: { type: "string" },
    namespace: { type: "string", default: "default" },
    // descriptor to give signs of life on
    signs: { type: "string" },
  },
});
if (values.home === undefined || values.address === undefined) {
  process.stderr.write("usage: worker-main --home DIR --address HOST:PORT [--namespace NAME] [--signs DESCRIPTOR]\n");
  process.exit(2);
}
const { home, address, namespace } = values;
// on another core, while this one loads the rest
const warmHost = new HostProcess(WARM_HOST);
const { startWorker } = await import("./worker/start-worker.ts");
const worker = await startWorker({ home, address, namespace, takesOver: true, warmHost }).catch(fail);
// whoever started this process holds the other end: when that is gone, so is the need for this worker
process.stdin.resume().once("end", () => worker.stop());
if (values.signs !== undefined) giveSignsOfLife(Number(values.signs));
process.stdout.write("ready\n");
// a worker that is killed leaves its compiled code to the next, which comes up sooner
flushCompileCache();
await worker.stopped.catch(fail);
process.exit(0);

async function fail(cause: unknown): Promise<never> {
  const { unreached } = await import("./worker/unreached.ts");
  const error = await unreached(address, cause);
  if (!isCrisolError(error)) throw error;
  process.stderr.write(`${renderError(error.parts)}\n`);
  process.exit(ErrorCodes[error.parts.code].exit);
}
