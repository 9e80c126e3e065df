/**
 * Kills at random moments, many of them: `node bench/chaos.ts [KILLS] [SEED]`, 200 and 1 if not given.
 *
 * A pipeline from raw text to a gated checkpoint, which takes some twenty seconds, is run unbroken, and then in fresh homes while host, trainer,
 * worker, server, or all of them with the supervisor, are killed. Prints the kills by target with the seconds until work resumed (for the server: until
 * it answered) and every assertion; exits with 1 when one does not hold. Takes about six seconds per kill on two cores.
 */

import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runChaos } from "../chaos/chaos.ts";
import type { Kill } from "../chaos/killer.ts";
import { preparePlan } from "../cli/commands/prepare-plan.ts";
import { checkLines, runLine } from "../cli/view/report/chaos-lines.ts";
import { openTerminal } from "../cli/view/terminal.ts";
import { Config } from "../engine/connection/settings/define.ts";
import { homeAt } from "../engine/home.ts";
import { openStore } from "../store/store.ts";
import { corpus } from "../test/e2e/corpus.ts";
import { trainingPipeline } from "../test/e2e/training-pipeline.ts";

const [kills = 200, seed = 1] = process.argv.slice(2).map(Number);
const root = fileURLToPath(new URL("../", import.meta.url));
const project = await mkdtemp(join(tmpdir(), "crisol-bench-"));
const interrupt = new AbortController();
process.once("SIGINT", () => interrupt.abort());
try {
  for (const folder of ["node_modules", "pipelines", "data"]) await mkdir(join(project, folder));
  await symlink(root, join(project, "node_modules", "crisol"), "dir");
  await writeFile(join(project, "package.json"), '{ "type": "module", "private": true }\n');
  await writeFile(join(project, "pipelines", "informes.ts"), trainingPipeline);
  await writeFile(join(project, "data", "informes.jsonl"), corpus(200));
  // its services read the settings of the folder that they are started in
  process.chdir(project);
  const home = homeAt(join(project, ".crisol"));
  const session = {
    home,
    project,
    terminal: openTerminal({ json: false }),
    store: () => openStore({ directory: home.store }),
    config: async () => Config.parse({}),
  };
  const began = performance.now();
  const report = await runChaos(
    { ...session, preparePlan },
    { file: "informes", set: [], kills, seed },
    {
      listener: {
        unbroken: ({ seconds }, stages) => console.log(`unbroken        ${stages} stages in ${seconds.toFixed(1)} s`),
        kill: () => undefined,
        run: (run) => console.log(runLine(run)),
      },
      signal: interrupt.signal,
    },
  );
  const seconds = (performance.now() - began) / 1000;
  console.log(`in all          ${seconds.toFixed(0)} s for ${report.kills} kills in ${report.runs.length} runs, seed ${seed}`);
  const all = report.runs.flatMap((run) => run.kills);
  for (const target of ["host", "trainer", "worker", "server", "everything"] as const) console.log(recovery(target, all));
  for (const line of report.checks.flatMap(checkLines)) console.log(line);
  process.exitCode = report.ok ? 0 : 1;
} finally {
  process.chdir(root);
  await rm(project, { recursive: true, force: true });
}

function recovery(target: Kill["target"], all: readonly Kill[]): string {
  const these = all.filter((kill) => kill.target === target);
  const times = these.flatMap(({ recovered }) => recovered ?? []).sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))]?.toFixed(2) ?? "-";
  return `${target.padEnd(16)}${String(these.length).padStart(3)} kills, back after ${at(0.5)} s (median), ${at(0.95)} s (95 %), ${at(1)} s (most)`;
}
