/** main.js sequence|tasks N [resume]: a workflow with a DBOS step for each. DATABASE and WORKFLOW in the environment. */
import { DBOS } from "@dbos-inc/dbos-sdk";
import { inc } from "./helper.js";
import { mark } from "./steplog.js";

const [, , kind, count, mode] = process.argv;
const { DATABASE, WORKFLOW = `${process.pid}-${Date.now()}` } = process.env;

const sequence = DBOS.registerWorkflow(
  async (n) => {
    let value = { n: 0 };
    for (let i = 1; i <= n; i += 1) {
      const before = value;
      value = await DBOS.runStep(() => mark(i, () => inc(before)), { name: `s${i}` });
    }
    return value.n;
  },
  { name: "sequence" },
);
const tasks = DBOS.registerWorkflow(
  async (n) => {
    const all = Array.from({ length: n }, (_, i) => DBOS.runStep(() => mark(i, () => inc({ n: 0 })), { name: `s${i}` }));
    return (await Promise.all(all)).length;
  },
  { name: "tasks" },
);

DBOS.setConfig({ name: "bench", systemDatabaseUrl: DATABASE, logLevel: "warn" });
await DBOS.launch();
const start = () => DBOS.startWorkflow(kind === "tasks" ? tasks : sequence, { workflowID: WORKFLOW })(Number(count));
const handle = mode === "resume" ? DBOS.retrieveWorkflow(WORKFLOW) : await start();
await handle.getResult();
await DBOS.shutdown();
process.exit(0);
