import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, Connection } from "@temporalio/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { grpcAnswers } from "../../engine/connection/grpc-answers.ts";
import { askServer } from "../../engine/connection/server-health.ts";
import { Config } from "../../engine/connection/settings/define.ts";
import { loadConfig } from "../../engine/connection/settings/load.ts";
import { taskQueueOf } from "../../engine/connection/task-queue.ts";
import { type Home, homeAt } from "../../engine/home.ts";
import { readServices } from "../../engine/services/services-state.ts";
import { ensureServices, type Services, servicesStatus, stopServices } from "../../engine/services/up.ts";
import { processesWith } from "../../system/processes/end-process.ts";
import { freePort } from "../../system/processes/loopback-port.ts";
import { identityOf } from "../../system/processes/process-identity.ts";
import { environmentProgram } from "../../system/processes/python-environment.ts";

const worker = join(import.meta.dirname, "..", "fixtures", "stand-in-worker.mjs");
const options = { config: Config.parse({}), worker };
let home: Home;

beforeEach(async () => {
  home = homeAt(await mkdtemp(join(tmpdir(), "crisol-services-")));
});

afterEach(async () => {
  await stopServices(home);
  expect(leftOf(home)).toEqual([]);
  await rm(home.folder, { recursive: true });
});

/** Processes that name this home in their arguments. */
function leftOf({ folder }: Home) {
  return [...processesWith(["--home", folder]), ...processesWith([join(folder, "temporal", "temporal.db")])].map(({ pid }) => pid);
}

async function until<T>(what: string, ask: () => Promise<T | undefined | false>): Promise<T> {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await sleep(20)) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
  }
  throw new Error(`after 30 s still not: ${what}`);
}

/** Kill a process and wait until it is gone. */
async function kill(pid: number): Promise<void> {
  process.kill(pid, "SIGKILL");
  await until(`process ${pid} gone`, async () => identityOf(pid) === undefined);
}

/** The services, once one of their processes has been replaced. */
function replaced(before: Services, name: "server" | "worker"): Promise<number> {
  return until(`another ${name}`, async () => {
    const status = await servicesStatus(home);
    const pid = status?.[name]?.process.pid;
    return status?.phase === "up" && status.alive[name] && pid !== before[name] && pid;
  });
}

test("starts a real server and a worker, leaves them alone when they are up, and stops them", async () => {
  const first = await ensureServices(home, options);
  expect(first.started).toBe(true);
  expect(await askServer({ address: first.address }, 5000)).toEqual({ ok: true, version: expect.stringMatching(/^1\./) });

  const second = await ensureServices(home, options);
  expect(second).toEqual({ ...first, started: false });
  expect(await readFile(join(home.logs, "worker.log"), "utf8")).toContain(`started with --home ${home.folder} --address ${first.address}`);

  expect(await stopServices(home)).toEqual({ wasUp: true });
  expect(await servicesStatus(home)).toBeUndefined();
  expect(await stopServices(home)).toEqual({ wasUp: false });

  const third = await ensureServices(home, options);
  expect(third.address).toBe(first.address);
});

test("a home that this user may not write to is an error of the environment, even while its services are up", async () => {
  await ensureServices(home, options);
  await chmod(home.folder, 0o755);
  await chmod(home.lastUse, 0o444);
  // root may write whatever the mode
  const root = process.geteuid?.() === 0;
  if (root) process.seteuid?.(65_534);
  try {
    await expect(ensureServices(home, options)).rejects.toMatchObject({ parts: { code: "STORE_UNWRITABLE", where: home.lastUse } });
  } finally {
    if (root) process.seteuid?.(0);
  }
});

test("two starts at once start one set of services", async () => {
  const [one, two] = await Promise.all([ensureServices(home, options), ensureServices(home, options)]);
  expect(one).toEqual(two);
  // the supervisor that came second may still be ending
  await until("one supervisor, one server and one worker", async () => leftOf(home).length === 3);
});

test("a killed server comes back at the same address, and the worker stays", async () => {
  const before = await ensureServices(home, options);
  process.kill(before.server ?? 0, "SIGKILL");
  await replaced(before, "server");
  const after = await ensureServices(home, options);
  expect(after).toMatchObject({ address: before.address, worker: before.worker, supervisor: before.supervisor });
  expect((await askServer({ address: after.address }, 5000)).ok).toBe(true);
});

test("a killed worker comes back", async () => {
  const before = await ensureServices(home, options);
  process.kill(before.worker, "SIGKILL");
  await replaced(before, "worker");
  expect(await ensureServices(home, options)).toMatchObject({ address: before.address, server: before.server });
  expect((await readServices(home))?.worker?.restarts).toBe(1);
});

test("a killed supervisor's children are ended before new ones start", async () => {
  const before = await ensureServices(home, options);
  await kill(before.supervisor);
  const after = await ensureServices(home, options);
  expect(after.supervisor).not.toBe(before.supervisor);
  expect(after.server).not.toBe(before.server);
  expect(after.address).toBe(before.address);
  expect(leftOf(home).sort()).toEqual([after.supervisor, after.server, after.worker].sort());
});

test("a supervisor that is asked to stop when only its server is up stops it, and ends", async () => {
  const up = ensureServices(home, options).catch(() => undefined);
  const supervisor = await until("a server", async () => {
    const state = await readServices(home);
    return state?.server !== undefined && state.worker === undefined && state.supervisor.pid;
  });
  // before it has started the worker
  process.kill(supervisor, "SIGTERM");
  await until("the supervisor gone", async () => identityOf(supervisor) === undefined);
  await up;
});

test("all killed at once: the next call starts them again", async () => {
  const before = await ensureServices(home, options);
  await Promise.all([before.supervisor, before.server ?? 0, before.worker].map(kill));
  const after = await ensureServices(home, options);
  expect(after.address).toBe(before.address);
  expect(leftOf(home)).toHaveLength(3);
});

test("ends itself when its home is deleted or moved, and leaves a new home in its place alone", async () => {
  const before = await ensureServices(home, options);
  const moved = `${home.folder}-moved`;
  await rename(home.folder, moved);
  try {
    const after = await ensureServices(home, options);
    await until(
      "the first services gone",
      async () => !leftOf(home).some((pid) => [before.supervisor, before.worker, before.server].includes(pid)),
    );
    expect(leftOf(home).sort()).toEqual([after.supervisor, after.server, after.worker].sort());
    expect(await ensureServices(home, options)).toEqual({ ...after, started: false });
  } finally {
    await rm(moved, { recursive: true });
  }
});

test("a services.json that was deleted or damaged under running services is rewritten, and `down` stops them without it", async () => {
  const before = await ensureServices(home, options);
  await writeFile(home.services, "{");
  expect(await ensureServices(home, options)).toEqual({ ...before, started: true });
  await rm(home.services);
  expect(await stopServices(home)).toEqual({ wasUp: true });
  expect(leftOf(home)).toEqual([]);
});

test("takes another port when another program has the old one", async () => {
  const before = await ensureServices(home, options);
  await stopServices(home);
  const port = Number(before.address.split(":")[1]);
  const stranger = createServer().listen(port, "127.0.0.1");
  try {
    const after = await ensureServices(home, options);
    expect(after.address).not.toBe(before.address);
    expect((await askServer({ address: after.address }, 5000)).ok).toBe(true);
  } finally {
    stranger.close();
  }
});

test("a worker that can't start is an error with its last words, and the next call tries again", async () => {
  const broken = { ...options, worker: join(home.folder, "no-such-worker.mjs") };
  for (let attempt = 0; attempt < 2; attempt += 1) {
    await expect(ensureServices(home, broken)).rejects.toMatchObject({
      parts: {
        code: "ENVIRONMENT",
        what: expect.stringContaining("worker did not come up: exit code 1"),
        where: expect.stringContaining("Cannot find module"),
      },
    });
  }
  expect(await ensureServices(home, options)).toMatchObject({ started: true });
});

test("a server that can't start is an error with its last words", async () => {
  await mkdir(join(home.temporal, "temporal.db"), { recursive: true });
  await expect(ensureServices(home, options)).rejects.toMatchObject({
    parts: {
      code: "ENVIRONMENT",
      what: expect.stringContaining("Temporal server did not come up: exit code 1"),
      where: expect.stringContaining("Error"),
    },
  });
});

test("changed settings mean new services: a wrong address, then a configured port, then one that is taken", async () => {
  const before = await ensureServices(home, options);
  const project = await mkdtemp(join(tmpdir(), "crisol-project-"));
  const configure = (text: string) => writeFile(join(project, "temporal.config.ts"), `export default { ${text} };\n`);
  const stranger = createServer();
  const back = process.cwd();
  process.chdir(project);
  try {
    await configure('address: "127.0.0.1:9"');
    await expect(ensureServices(home, { config: await loadConfig(project), worker })).rejects.toMatchObject({
      parts: { code: "SERVER_UNREACHABLE", where: expect.stringContaining("127.0.0.1:9") },
    });
    const port = await freePort();
    await configure(`port: ${port}`);
    expect(await ensureServices(home, { config: Config.parse({ port }), worker })).toMatchObject({ started: true });
    await stopServices(home);
    await new Promise<void>((resolve) => stranger.listen(port, "127.0.0.1", resolve));
    await expect(ensureServices(home, { config: Config.parse({ port }), worker })).rejects.toMatchObject({ parts: { code: "PORT_TAKEN" } });
    expect(before.external).toBe(false);
  } finally {
    process.chdir(back);
    stranger.close();
    await rm(project, { recursive: true });
  }
});

test("ends itself when there was nothing to do for a while, but not while a run is open", async () => {
  const project = await mkdtemp(join(tmpdir(), "crisol-project-"));
  await writeFile(join(project, "temporal.config.ts"), "export default { idleMinutes: 0.03 };\n");
  const back = process.cwd();
  process.chdir(project);
  try {
    const { address, namespace, supervisor } = await ensureServices(home, options);
    const connection = await Connection.connect({ address });
    const client = new Client({ connection, namespace });
    const run = await client.workflow.start("runPlan", { taskQueue: `${taskQueueOf(home.folder)}-cpu`, workflowId: "open" });
    await sleep(6000);
    expect(await servicesStatus(home)).toMatchObject({ phase: "up", supervisor: { pid: supervisor } });
    await run.terminate();
    await connection.close();
    await until("ended by itself", async () => identityOf(supervisor) === undefined);
    expect(await servicesStatus(home)).toBeUndefined();
    expect(await readFile(join(home.logs, "supervisor.log"), "utf8")).toContain("nothing to do for 0.03 minutes");
  } finally {
    process.chdir(back);
    await rm(project, { recursive: true });
  }
});

test("with an external server, only a worker is started, and the search attributes are registered", async () => {
  const port = await freePort();
  const theirs = spawn(environmentProgram("temporal"), ["server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port", String(port)], {
    stdio: "ignore",
  });
  const address = `127.0.0.1:${port}`;
  vi.stubEnv("TEMPORAL_ADDRESS", address);
  try {
    await until("their server", async () => grpcAnswers(port, 1000));
    const services = await ensureServices(home, { config: Config.parse({ address }), worker });
    expect(services).toMatchObject({ address, external: true, started: true });
    expect(services.server).toBeUndefined();
    expect(leftOf(home).sort()).toEqual([services.supervisor, services.worker].sort());
    const connection = await Connection.connect({ address });
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: "default" });
    await connection.close();
    expect(Object.keys(customAttributes)).toEqual(expect.arrayContaining(["CrisolPipeline", "CrisolPlan", "CrisolStatus"]));

    vi.stubEnv("TEMPORAL_NAMESPACE", "nowhere");
    await expect(ensureServices(home, { config: Config.parse({ address, namespace: "nowhere" }), worker })).rejects.toMatchObject({
      parts: { code: "CONFIG_INVALID", what: expect.stringContaining("nowhere") },
    });
  } finally {
    vi.unstubAllEnvs();
    theirs.kill("SIGKILL");
  }
});
