/** The worker process: polls a home's task queues until its standard input closes or it is asked to stop. */
import { flushCompileCache } from "node:module";
import { parseArgs } from "node:util";
import { ErrorCodes, isCrisolError } from "../../schemas/error.ts";
import { renderError } from "../../system/text/error-text.ts";
import { HostProcess } from "../hosts/host-process.ts";
import { sendLivenessPings } from "./liveness-pings.ts";

/** MiB of heap of the host for the first stage: the default of a stage. */
const WARM_HOST_MIB = 2048;

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
// it starts on another core, while this one loads the rest
const warmHost = new HostProcess(WARM_HOST_MIB);
const { startWorker } = await import("./start-worker.ts");
const worker = await startWorker({ home, address, namespace, takesOver: true, warmHost }).catch(fail);
// the parent holds the other end: when it is gone, this worker is no longer needed
process.stdin.resume().once("end", () => worker.stop());
if (values.signs !== undefined) sendLivenessPings(Number(values.signs));
process.stdout.write("ready\n");
// if this worker is killed, the next one finds its compiled code and starts sooner
flushCompileCache();
await worker.stopped.catch(fail);
process.exit(0);

async function fail(cause: unknown): Promise<never> {
  const { workerFailure } = await import("./worker-failure.ts");
  const error = await workerFailure(address, cause);
  if (!isCrisolError(error)) throw error;
  process.stderr.write(`${renderError(error.parts)}\n`);
  process.exit(ErrorCodes[error.parts.code].exit);
}
