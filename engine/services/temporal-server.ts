import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CrisolError } from "../../schemas/error.ts";
import { unlessMissing, writing } from "../../system/files/file-errors.ts";
import { LogFile, lastLines } from "../../system/files/log-file.ts";
import { freePort, isFree } from "../../system/processes/loopback-port.ts";
import { environmentProgram } from "../../system/processes/python-environment.ts";
import { setupCommand } from "../../system/setup-command.ts";
import { searchAttributes } from "../connection/search-attributes.ts";
import { awaitServer } from "../connection/server-health.ts";
import type { Config } from "../connection/settings/define.ts";
import type { Home } from "../home.ts";
import { KeptProcess } from "./kept-process.ts";

const STARTS_WITHIN_MS = 60_000;
const PORTS_TRIED = 5;

/**
 * Polls per second of the server's internal queues: the default of 20 costs 50 ms per stage.
 *
 * How late a timer may fire, to allow for clocks that differ among a cluster's machines: with the default of a second, the attempt of a killed
 * worker would wait that long to be retried.
 *
 * Fairness, so that runs take turns when many of their tasks wait: by default a run waits for everything that earlier runs have queued.
 */
const dynamicConfig = [
  ...["transfer", "timer", "visibility"].map((queue) => `history.${queue}ProcessorMaxPollRPS=2000`),
  'history.timerProcessorMaxTimeShift="10ms"',
  "matching.enableFairness=true",
];

/** A Temporal server that answers. */
export interface TemporalServer {
  readonly address: string;
  readonly ended: Promise<string>;
}

/** The server's database file; it also distinguishes the server of a home from all others. */
export function databaseFile(home: Home): string {
  return join(home.temporal, "temporal.db");
}

/**
 * Start the home's own server, on the port it had before if that is free, and wait until it answers.
 *
 * @param spawned is called with the process before it answers, so that it can be recorded, and ended if this process is killed.
 * @throws CrisolError ENVIRONMENT if it is not installed or ended at once (with its last output), PORT_TAKEN for a configured port, STORE_FULL.
 */
export async function startTemporalServer(
  home: Home,
  config: Config,
  spawned: (process: KeptProcess) => Promise<void>,
): Promise<TemporalServer> {
  const program = environmentProgram("temporal");
  if (!existsSync(program)) throw notInstalled(program);
  const log = new LogFile(join(home.logs, "server.log"));
  for (let left = PORTS_TRIED; ; left -= 1) {
    const port = await choosePort(home, config);
    const address = `127.0.0.1:${port}`;
    log.note(`starting on ${address}`);
    const server = new KeptProcess(program, serverArguments(home, config, port), log);
    await spawned(server);
    const answers = await awaitServer(port, STARTS_WITHIN_MS, () => server.over);
    if (answers && !server.over) return { address, ended: server.ended };
    await server.stop(0);
    const words = lastLines(log.path, 12);
    if (left > 1 && config.port === undefined && /address already in use/i.test(words)) continue;
    throw startFailed(await server.ended, words, log.path);
  }
}

function serverArguments(home: Home, { namespace }: Config, port: number): string[] {
  return [
    ...["server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port", String(port), "--db-filename", databaseFile(home)],
    ...["journal_mode=wal", "synchronous=normal"].flatMap((pragma) => ["--sqlite-pragma", pragma]),
    ...dynamicConfig.flatMap((value) => ["--dynamic-config-value", value]),
    ...searchAttributes.flatMap((name) => ["--search-attribute", `${name}=Keyword`]),
    ...(namespace === "default" ? [] : ["--namespace", namespace]),
    ...["--log-level", "warn"],
  ];
}

/** The previous port, so that connected clients find the server again; another one if it has been taken. */
async function choosePort(home: Home, config: Config): Promise<number> {
  if (config.port !== undefined) {
    if (await isFree(config.port)) return config.port;
    throw portTaken(config.port);
  }
  const file = join(home.temporal, "port");
  const kept = Number(await unlessMissing(readFile(file, "utf8")));
  if (Number.isInteger(kept) && kept > 0 && (await isFree(kept))) return kept;
  const port = await freePort();
  await writing(file, () => writeFile(file, `${port}\n`));
  return port;
}

function notInstalled(program: string): CrisolError {
  return new CrisolError({
    code: "ENVIRONMENT",
    what: "the Temporal server is not installed",
    where: program,
    why: "it keeps every run",
    fix: setupCommand(),
  });
}

function portTaken(port: number): CrisolError {
  return new CrisolError({
    code: "PORT_TAKEN",
    what: `port ${port} is taken by another process`,
    where: `127.0.0.1:${port}, from \`port\` in temporal.config.ts`,
    why: "the Temporal server must listen on it",
    fix: "end that process, or leave `port` out: crisol then picks a free one",
  });
}

function startFailed(end: string, words: string, log: string): CrisolError {
  const full = /disk is full|no space left|SQLITE_FULL/i.test(words);
  return new CrisolError({
    code: full ? "STORE_FULL" : "ENVIRONMENT",
    what: `the Temporal server did not come up: ${end}`,
    where: `${log}, which ends:\n${words}`,
    why: "it keeps every run",
    fix: full
      ? "free space on that disk, then run the command again"
      : "fix what the log reports, then run the command again; crisol doctor checks for the usual causes",
  });
}
