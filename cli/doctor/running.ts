import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { unlessMissing } from "../../store/file-errors.ts";
import { connectionSettings } from "../config/connection.ts";
import type { Config } from "../config/define.ts";
import type { Home } from "../services/home.ts";
import { freePort, isFree } from "../services/loopback-port.ts";
import { askServer } from "../services/server-health.ts";
import { pollersOf } from "../services/task-queue-pollers.ts";
import { servicesStatus } from "../services/up.ts";
import { type Check, checking, failed, passed } from "./check.ts";

const PATIENCE = 5000;

/** Whether port, server and worker are as they should be; services that are not running are no failure, since `crisol run` starts them. */
export async function checkRunning(home: Home, config: Config): Promise<Check[]> {
  const status = await servicesStatus(home);
  const up = status?.alive.supervisor === true && status.phase === "up";
  const address = config.address ?? (up ? status.address : undefined);
  return [
    ...(config.address === undefined ? [await checkPort(home, config, status?.alive.server === true)] : []),
    await checkServer(config, address, status?.phase === "failed" ? status.error : undefined),
    up && address !== undefined
      ? await checking("worker", "`crisol down`, then `crisol up`; worker.log in the home's logs says more", async () => {
          const pollers = await pollersOf(home, await connectionSettings(config, address), config.namespace);
          if (pollers === 0) throw new Error(`process ${status.worker?.process.pid} does not poll`);
          return `process ${status.worker?.process.pid} polls`;
        })
      : passed("worker", "not running; `crisol up` or `crisol run` starts it"),
  ];
}

async function checkPort(home: Home, config: Config, serverAlive: boolean): Promise<Check> {
  return checking("port", "allow programs to listen on 127.0.0.1", async () => {
    const kept = config.port ?? Number(await unlessMissing(readFile(join(home.temporal, "port"), "utf8")));
    if (serverAlive) return `${kept} is the server's`;
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
  const fix =
    config.address === undefined
      ? "`crisol down`, then `crisol up`; server.log in the home's logs says more"
      : "correct the address in temporal.config.ts or TEMPORAL_ADDRESS, or start that server";
  return checking("server", fix, async () => {
    const health = await askServer(await connectionSettings(config, address), PATIENCE);
    if (!health.ok) throw new Error(`${address} does not answer: ${health.reason}`);
    return `${address} answers, version ${health.version}`;
  });
}
