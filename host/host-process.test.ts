import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { canonicalJson } from "../schemas/canonical-json.ts";
import type { JsonObject } from "../schemas/json.ts";
import { identityOf } from "../store/process-identity.ts";
import { openStore } from "../store/store.ts";
import { someDigest, temporaryFolder } from "../test/fixtures/temporary-store.ts";
import { HostProcess } from "./host-process.ts";
import type { Job } from "./protocol.ts";

const silent = { started: () => undefined, progress: () => undefined, log: () => undefined, checkpoint: () => undefined };

/** A job that runs the code given, in a store of its own. */
async function jobOf(code: string, params: JsonObject = {}): Promise<Job> {
  const folder = temporaryFolder();
  const store = await openStore(join(folder, "store"));
  const { sha256: bundle } = await store.blobs.put(code);
  const made = { version: 1, stage: "odd", outputs: {}, bundle, imports: [], externals: {}, files: {} };
  const { sha256 } = await store.blobs.put(canonicalJson(made));
  const resources = { queue: "cpu", memory: 128, timeout: 60, attempts: 1 } as const;
  return {
    node: { name: "odd", stage: "odd", inputs: [], outputs: {}, params, code: sha256, runtime: {}, resources },
    key: someDigest("a"),
    record: { ingredients: { stage: "odd", code: sha256, params, inputs: [], runtime: {} }, pipeline: "odd", run: "odd-1" },
    inputs: [],
    project: folder,
    store: store.folder,
    scratch: folder,
  };
}

test("a stage that does not heed the signal is killed, which is no crash of its own", async () => {
  const host = new HostProcess(128, 300);
  onTestFinished(() => host.kill());
  const job = await jobOf('export const run = (context) => { context.log("info", "began"); for (;;); };');
  const stop = new AbortController();
  const outcome = host.run(job, stop.signal, { ...silent, log: () => stop.abort() });
  await expect(outcome).rejects.toMatchObject({ parts: { code: "CANCELED", what: expect.stringContaining("did not within 0.3 s") } });
  await host.kill();
  expect(host.alive).toBe(false);
});

test("what a stage throws that is no error is shown as it is", async () => {
  const host = new HostProcess(128);
  onTestFinished(() => host.kill());
  const outcome = host.run(await jobOf("export const run = () => { throw { status: 404 }; };"), new AbortController().signal, silent);
  await expect(outcome).rejects.toMatchObject({
    parts: { code: "STAGE_FAILED", what: "the stage's code threw { status: 404 }", where: "stage odd" },
  });
});

test("the value of a secret shows neither in what a stage prints, nor in what it logs, nor in what it throws", async () => {
  process.env.HOST_TEST_SECRET = "s3cr3t-value";
  onTestFinished(() => {
    delete process.env.HOST_TEST_SECRET;
  });
  const host = new HostProcess(128);
  onTestFinished(() => host.kill());
  const code = `export const run = async (context, { key }) => {
    const value = context.secret(key);
    console.log("printed", value);
    context.log("info", "logged " + value);
    await new Promise((resolve) => setTimeout(resolve, 200));
    throw new Error("no entry with " + value);
  };`;
  const said: string[] = [];
  const listener = { ...silent, log: (_: string, message: string) => said.push(message) };
  const outcome = host.run(await jobOf(code, { key: { secret: "HOST_TEST_SECRET" } }), new AbortController().signal, listener);
  await expect(outcome).rejects.toMatchObject({ parts: { what: "the stage's code threw Error: no entry with <secret HOST_TEST_SECRET>" } });
  expect(said.slice(0, 2).toSorted()).toEqual(["logged <secret HOST_TEST_SECRET>", "printed <secret HOST_TEST_SECRET>"]);
  expect(said.join()).not.toContain("s3cr3t");
});

test("a host that ends by itself is noticed though what its stage started holds its output open", async () => {
  const code = `import { spawn } from "node:child_process";
    export const run = () => {
      spawn("sleep", ["60"], { stdio: "inherit" }).once("spawn", () => process.exit(3));
      return new Promise(() => undefined);
    };`;
  const outcome = new HostProcess(128).run(await jobOf(code), new AbortController().signal, silent);
  await expect(outcome).rejects.toMatchObject({ parts: { code: "HOST_CRASHED", what: "the stage's host exited with 3" } });
});

test("a process that a stage started ends with its host: when it is killed, and when its worker is gone", async () => {
  const code = `import { spawn } from "node:child_process";
    export const run = async (context) => {
      context.log("info", String(spawn("sleep", ["60"], { stdio: "ignore" }).pid));
      await new Promise(() => undefined);
    };`;
  const started = Promise.withResolvers<number>();
  const host = new HostProcess(128);
  const outcome = host.run(await jobOf(code), new AbortController().signal, { ...silent, log: (_, pid) => started.resolve(Number(pid)) });
  const pid = await started.promise;
  expect(identityOf(pid)).toBeDefined();
  await Promise.all([host.kill(), expect(outcome).rejects.toMatchObject({ parts: { code: "HOST_CRASHED" } })]);
  await vi.waitFor(() => expect(identityOf(pid)).toBeUndefined(), 5_000);

  // a worker of its own, which is killed
  const job = await jobOf(code);
  const module = JSON.stringify(join(import.meta.dirname, "host-process.ts"));
  const worker = spawn(
    process.execPath,
    [
      "--input-type=module",
      "-e",
      `const { HostProcess } = await import(${module});
       const log = (_, message) => console.log(message);
       await new HostProcess(128).run(${JSON.stringify(job)}, new AbortController().signal, { started() {}, progress() {}, checkpoint() {}, log });`,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const [line] = (await once(worker.stdout, "data")) as [Buffer];
  const orphan = Number(line.toString());
  expect(identityOf(orphan)).toBeDefined();
  worker.kill("SIGKILL");
  await vi.waitFor(() => expect(identityOf(orphan)).toBeUndefined(), 5_000);
});
