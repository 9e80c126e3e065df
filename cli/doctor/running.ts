import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { askServer } from "../../engine/connection/server-health.ts";
import { connectionSettings } from "../../engine/connection/settings/connection.ts";
import type { Config } from "../../engine/connection/settings/define.ts";
import { pollersOf } from "../../engine/connection/task-queue-pollers.ts";
import { unreachable } from "../../engine/connection/unreachable.ts";
import type { Home } from "../../engine/home.ts";
import { servicesStatus } from "../../engine/services/up.ts";
import { unlessMissing } from "../../system/files/file-errors.ts";
import { freePort, isFree } from "../../system/processes/loopback-port.ts";
import { type Check, checking, failed, passed } from "./check.ts";

const PATIENCE_MS = 5000;

/** Whether port, server and worker are in order; services that are not running pass, since `crisol run` starts them. */
export async function checkRunning(home: Home, config: Config): Promise<Check[]> {
  const status = await servicesStatus(home);
  const up = status?.alive.supervisor === true && status.phase === "up";
  const address = config.address ?? (up ? status.address : undefined);
  const server = await checkServer(config, address, status?.phase === "failed" ? status.error : undefined);
  return [
    ...(config.address === undefined ? [await checkPort(home, config, status?.alive.server === true)] : []),
    server,
    ...(server.ok ? [await checkWorker(home, config, address, up ? status.worker?.process.pid : undefined)] : []),
  ];
}

async function checkWorker(home: Home, config: Config, address: string | undefined, own: number | undefined): Promise<Check> {
  const start = config.startWorker ? "`crisol up` or `crisol run` starts it" : "start one with `crisol worker`";
  if (address === undefined) return passed("worker", `not running; ${start}`);
  return checking("worker", "`crisol down`, then `crisol up`; worker.log in the home's logs says more", async () => {
    const pollers = await pollersOf(home, config, { address });
    if (own === undefined) return pollers.length === 0 ? `not running; ${start}` : `polls from elsewhere: ${pollers.join(", ")}`;
    if (pollers.length === 0) throw new Error(`process ${own} does not poll`);
    return `process ${own} polls`;
  });
}

async function checkPort(home: Home, config: Config, serverAlive: boolean): Promise<Check> {
  return checking("port", "allow programs to listen on 127.0.0.1", async () => {
    const kept = config.port ?? Number(await unlessMissing(readFile(join(home.temporal, "port"), "utf8")));
    if (serverAlive) return `${kept} is used by the server`;
    if (config.port !== undefined && !(await isFree(config.port))) {
      throw new Error(`${config.port} is taken by another process: end it, or leave \`port\` out of temporal.config.ts`);
    }
    if (kept > 0 && (await isFree(kept))) return `${kept} is free`;
    return `${await freePort()} is free`;
  });
}

async function checkServer(
  config: Config,
  address: string | undefined,
  error: { what: string; where: string; fix: string } | undefined,
): Promise<Check> {
  if (error !== undefined) return failed("server", `${error.what} (${error.where})`, error.fix);
  if (address === undefined) return passed("server", "not running; `crisol up` or `crisol run` starts it");
  return checking("server", "`crisol down`, then `crisol up`; server.log in the home's logs says more", async () => {
    const settings = await connectionSettings(config, address);
    const health = await askServer(settings, PATIENCE_MS);
    if (!health.ok && config.address !== undefined) throw await unreachable(settings, health.reason);
    if (!health.ok) throw new Error(`${address} does not answer: ${health.reason}`);
    return `${address} answers, version ${health.version}`;
  });
}
