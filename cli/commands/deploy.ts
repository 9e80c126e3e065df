import { DefaultLogger, makeTelemetryFilterString, Runtime } from "@temporalio/worker";
import { livePollers } from "../../engine/connection/live-pollers.ts";
import { openWorkflows } from "../../engine/connection/open-workflows.ts";
import { connectionSettings } from "../../engine/connection/settings/connection.ts";
import { taskQueueOf } from "../../engine/connection/task-queue.ts";
import { RunClient } from "../../engine/runs/run-client.ts";
import { knownAddress } from "../../engine/services/known-address.ts";
import { bundleCache, workflowBundle } from "../../engine/worker/bundle/workflow-bundle.ts";
import { Deployment } from "../../engine/worker/versions/deployment.ts";
import { replayOpen } from "../../engine/worker/versions/replay.ts";
import { CrisolError } from "../../schemas/error.ts";
import { counted } from "../../system/text/figures.ts";
import { bold, dim, green, red, yellow } from "../../system/text/styles.ts";
import type { Session } from "../session.ts";

/** Options of `crisol deploy`. */
export interface DeployOptions {
  readonly action: string;
  /** The version of the workflow code to promote. @default that of this crisol */
  readonly version?: string | undefined;
  readonly address?: string;
}

/** What the actions work with. */
interface Place {
  readonly client: RunClient["client"];
  readonly queue: string;
  readonly address: string;
  /** The workflow code of this crisol. */
  readonly bundle: { readonly codePath: string; readonly buildId: string };
  readonly deployment: Deployment;
}

/** `crisol deploy check | list | promote`: what becomes of open runs when workers of this crisol are started. */
export async function deployCommand(session: Session, { action, version, address: given }: DeployOptions): Promise<void> {
  const run = actions.get(action);
  if (run === undefined) throw noSuchAction(action);
  const config = await session.config();
  const address = await knownAddress(session, given);
  const bundle = await workflowBundle(await bundleCache(session.home.folder));
  const connected = await RunClient.connectTo(await connectionSettings(config, address), config.namespace, config);
  try {
    const queue = taskQueueOf(session.home.folder, config);
    const { client } = connected;
    const place = { namespace: config.namespace, name: queue, buildId: version ?? bundle.buildId };
    const deployment = await Deployment.open(client, place, config.versioning);
    await run(session, { client, queue, address, bundle, deployment });
  } finally {
    await connected.close();
  }
}

/** Replay every open run, and the workflows of its shards, on the workflow code of this crisol. Exits with 1 if one does not fit. */
async function checkDeploy({ terminal }: Session, { client, queue, address, bundle }: Place): Promise<void> {
  // errors are reported for each run
  Runtime.install({
    logger: new DefaultLogger("ERROR", () => undefined),
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: "ERROR", other: "ERROR" }) } },
  });
  const open = await openWorkflows(client, `${queue}-cpu`);
  terminal.line(`workflow code ${bold(bundle.buildId)} on the open runs of ${queue} at ${address}`);
  const [broken, unread] = [new Set<string>(), new Set<string>()];
  for await (const { open: workflow, events, breaks, unreadable } of replayOpen(client, open, bundle)) {
    const { run: runId, workflowId, version = null } = workflow;
    const wrong = breaks ?? unreadable;
    terminal.value({ type: "workflow", runId, workflowId, version, events, replays: wrong === undefined, breaks, unreadable });
    terminal.line(wrong === undefined ? `${green("✓")} ${workflowId} ${dim(`${events} events`)}` : `${red("✖")} ${workflowId}: ${wrong}`);
    if (breaks !== undefined) broken.add(runId);
    if (unreadable !== undefined) unread.add(runId);
  }
  const runs = new Set(open.map(({ run }) => run)).size;
  terminal.value({ type: "result", version: bundle.buildId, runs, breaks: [...broken], unreadable: [...unread] });
  if (unread.size > 0) terminal.line(yellow(`${unread.size} of ${runs} runs can't be read here, so whether they would break is unknown`));
  if (broken.size > 0)
    terminal.line(
      yellow(
        `${broken.size} of ${runs} runs would break. They stay with the workers they started on: keep those up until \`crisol deploy list\` shows that they have no open run`,
      ),
    );
  if (broken.size + unread.size > 0) process.exitCode = 1;
  else terminal.line(runs === 0 ? "no run is open" : "every open run can continue with it");
}

/** Every version of the workflow code that the server knows: which one new runs go to, its workers, its open runs. */
async function listVersions({ terminal }: Session, { client, queue, bundle, deployment }: Place): Promise<void> {
  if (deployment.unpinned !== undefined) terminal.note(`runs are not pinned to versions: ${deployment.unpinned}`);
  const workflows = { namespace: client.options.namespace, name: `${queue}-cpu`, type: "workflow" } as const;
  const [{ current, versions }, open, pollers] = await Promise.all([
    deployment.unpinned === undefined ? deployment.routing() : { current: undefined, versions: new Map<string, Date | undefined>() },
    openWorkflows(client, workflows.name),
    livePollers(client.workflowService, workflows),
  ]);
  const rows = [...versions].map(([version, since]) => ({
    version,
    current: version === current,
    own: version === bundle.buildId,
    since: since?.toISOString() ?? null,
    workers: pollers.filter((poller) => poller.version === version).length,
    runs: new Set(open.filter((workflow) => workflow.version === version).map(({ run }) => run)).size,
  }));
  const unpinned = new Set(open.filter(({ version }) => version === undefined).map(({ run }) => run)).size;
  terminal.value({ deployment: deployment.name, versions: rows, unpinnedRuns: unpinned });
  for (const { version, workers, runs, own, ...row } of rows) {
    const marks = [...(row.current ? [green("current")] : []), ...(own ? ["this crisol"] : [])].join(", ");
    const waits = runs > 0 && workers === 0 ? yellow("  its runs have no worker") : "";
    terminal.line(`${bold(version)}  ${counted(workers, "worker")}, ${counted(runs, "open run")}${marks && `  ${marks}`}${waits}`);
  }
  if (unpinned > 0) terminal.line(`${counted(unpinned, "open run")} without a version`);
  if (rows.length === 0) terminal.line(`no worker of ${queue} with a version has been seen`);
}

/** Let new runs go to a version that has workers. */
async function promoteVersion({ terminal }: Session, { deployment }: Place): Promise<void> {
  const reason = deployment.unpinned ?? (await deployment.lead({ again: true, withinMs: 0 }));
  if (reason !== undefined) throw notPromoted(deployment, reason);
  terminal.value({ deployment: deployment.name, current: deployment.buildId });
  terminal.line(`new runs go to version ${bold(deployment.buildId)}; open ones stay where they are`);
}

const actions = new Map([
  ["check", checkDeploy],
  ["list", listVersions],
  ["promote", promoteVersion],
]);

function notPromoted({ name, buildId }: Deployment, reason: string): CrisolError {
  return new CrisolError({
    code: "COMMAND_INVALID",
    what: `new runs can't go to version ${buildId}: ${reason}`,
    where: `deployment ${name}`,
    why: "they would wait for workers that do not exist",
    fix: "start workers of that version first; `crisol deploy list` shows which versions have some",
  });
}

function noSuchAction(action: string): CrisolError {
  return new CrisolError({
    code: "COMMAND_INVALID",
    what: `crisol deploy has no action '${action}'`,
    where: "the command line",
    why: "nothing was done",
    fix: "use check, list or promote",
  });
}
