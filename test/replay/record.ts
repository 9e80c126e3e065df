/**
 * Record the histories that the replay tests hold workflow code to: `node test/replay/record.ts`.
 *
 * Record again only when workflow code changes on purpose in a way that old runs need not survive; otherwise a failing replay is a defect.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, Connection } from "@temporalio/client";
import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import { pipelineFile, stagesFile } from "../e2e/engine-stages.ts";
import { makeProject } from "../e2e/project.ts";
import { anonymousHistory } from "./anonymous-history.ts";

const project = await makeProject({ "pipelines/arithmetic.ts": pipelineFile, "stages/arithmetic.ts": stagesFile, "data/a.txt": "1 2 3\n" });
try {
  const runs = new Map<string, string>();
  const run = async (name: string, ...args: string[]) => {
    const { values } = await project.json("run", "arithmetic", ...args);
    runs.set(name, String(values[0]?.runId));
  };
  await run("completed");
  await run("cached");
  await run("host-crashed-once", "--set", "how=crashes-once", "--set", `flag=${join(project.folder, "crashed")}`);
  await run("blocked-resumed-amended", "--set", "how=throws");
  await project.write({ "stages/arithmetic.ts": stagesFile.replace('if (how === "throws") throw', 'if (how === "never") throw') });
  await project.json("resume");
  await run("blocked-retried", "--set", "how=writes-nothing");
  await project.json("resume", "--retry");
  await project.json("cancel");
  await run("canceled", "--set", "how=waits", "--detach");
  await sleep(3_000);
  await project.json("cancel");

  const [up] = (await project.json("up")).values;
  const connection = await Connection.connect({ address: String(up?.address) });
  const client = new Client({ connection });
  for (const [name, runId] of runs) {
    const history = await client.workflow.getHandle(runId).fetchHistory();
    const text = anonymousHistory(historyToJSON(history), project.folder);
    await writeFile(new URL(`./histories/${name}.json`, import.meta.url), text);
    console.log(`${name}: ${history.events?.length} events`);
  }
  await connection.close();
} finally {
  await project.remove();
}
