import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { draftOutput } from "../../store/artifacts/output-artifact.ts";
import { openStore } from "../../store/store.ts";
import { identityOf } from "../../system/processes/process-identity.ts";
import { jobOf } from "../../test/fixtures/host-job.ts";
import { documentOf } from "../../test/fixtures/stage-artifacts.ts";
import { someDigest } from "../../test/fixtures/temporary-store.ts";
import { HostProcess } from "./host-process.ts";

const silent = { started: () => undefined, progress: () => undefined, log: () => undefined, checkpoint: () => undefined };

test("a stage that does not heed the signal is killed, which is not a crash", async () => {
  const host = new HostProcess(128, { abortGraceMs: 300 });
  onTestFinished(() => host.kill());
  const job = await jobOf('export const run = (context) => { context.log("info", "began"); for (;;); };');
  const stop = new AbortController();
  const outcome = host.run(job, stop.signal, { ...silent, log: () => stop.abort() });
  await expect(outcome).rejects.toMatchObject({ parts: { code: "CANCELED", what: expect.stringContaining("did not within 0.3 s") } });
  await host.kill();
  expect(host.alive).toBe(false);
});

test("a value other than an error that a stage throws is shown as it is", async () => {
  const host = new HostProcess(128);
  onTestFinished(() => host.kill());
  const outcome = host.run(await jobOf("export const run = () => { throw { status: 404 }; };"), new AbortController().signal, silent);
  await expect(outcome).rejects.toMatchObject({
    parts: { code: "STAGE_FAILED", what: "the stage's code threw { status: 404 }", where: "stage odd" },
  });
});

test("what a stage throws while it reads documents names the one that it read last", async () => {
  const reads = `export const run = async ({ inputs }, { wanted }) => {
    for await (const { text } of inputs.documents.documents()) if (text === wanted) throw new Error("not this one");
    throw new Error("none of them");
  };`;
  const thrown = async (wanted: string) => {
    const job = await jobOf(reads, { wanted });
    const draft = draftOutput(await openStore(job.store), { kind: "documents" }, []);
    const writer = draft.documents();
    for (const n of [1, 2, 3]) await writer.write(documentOf(`actas.jsonl:${n}`, `acta ${n}`));
    await writer.close();
    const documents = await draft.commit({ producer: someDigest("b"), inputs: [] });
    const host = new HostProcess(128);
    onTestFinished(() => host.kill());
    const input = { port: "documents", from: { source: "documents" } };
    return host.run({ ...job, node: { ...job.node, inputs: [input] }, inputs: [documents] }, new AbortController().signal, silent);
  };
  await expect(thrown("acta 2")).rejects.toMatchObject({
    parts: { code: "STAGE_FAILED", where: expect.stringMatching(/^stage odd, last document read: actas.jsonl:2, /) },
  });
  // once all are read, the last one is no better guess than any other
  await expect(thrown("acta 4")).rejects.toMatchObject({ parts: { where: expect.not.stringContaining("document") } });
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

test("a host that exits is noticed although what its stage started holds its output open", async () => {
  const code = `import { spawn } from "node:child_process";
    export const run = () => {
      spawn("sleep", ["60"], { stdio: "inherit" }).once("spawn", () => process.exit(3));
      return new Promise(() => undefined);
    };`;
  const outcome = new HostProcess(128).run(await jobOf(code), new AbortController().signal, silent);
  await expect(outcome).rejects.toMatchObject({ parts: { code: "HOST_CRASHED", what: "the stage's host exited with 3" } });
});

test("a host that exits is noticed, and one that is killed is gone, although a process outside its group holds its output open", async () => {
  const code = `import { spawn } from "node:child_process";
    export const run = (context, { exits }) => {
      const holder = spawn("sleep", ["60"], { detached: true, stdio: "inherit" });
      holder.once("spawn", () => {
        console.error("started", holder.pid);
        if (exits) process.exit(3);
      });
      return new Promise(() => undefined);
    };`;
  for (const exits of [true, false]) {
    const host = new HostProcess(128);
    const said = Promise.withResolvers<string>();
    const job = await jobOf(code, { exits });
    const outcome = host.run(job, new AbortController().signal, { ...silent, log: (_, line) => said.resolve(line) });
    const ended = expect(outcome).rejects.toMatchObject({
      parts: {
        code: "HOST_CRASHED",
        what: expect.stringMatching(exits ? /exited with 3; its last lines:\n {4}started \d+$/ : /was killed by SIGKILL/),
      },
    });
    const holder = Number((await said.promise).split(" ")[1]);
    onTestFinished(() => void process.kill(holder, "SIGKILL"));
    if (!exits) await host.kill();
    await ended;
    expect(identityOf(holder)).toBeDefined();
  }
});

test("output without a line feed costs the worker no memory, and its beginning is logged", { timeout: 60_000 }, async () => {
  const code = `import { once } from "node:events";
    export const run = async () => {
      const chunk = Buffer.alloc(1 << 20, "x");
      for (let count = 0; count < 600; count += 1) if (!process.stdout.write(chunk)) await once(process.stdout, "drain");
      console.log();
      console.log("the next line");
      await new Promise(() => undefined);
    };`;
  const host = new HostProcess(128);
  onTestFinished(() => host.kill());
  const said: string[] = [];
  const next = Promise.withResolvers<void>();
  const log = (_: string, line: string) => {
    said.push(line);
    if (line === "the next line") next.resolve();
  };
  const outcome = host.run(await jobOf(code), new AbortController().signal, { ...silent, log });
  await Promise.race([next.promise, outcome]);
  await Promise.all([host.kill(), expect(outcome).rejects.toThrow()]);
  expect(said.map((line) => [line.length, line.slice(-40)])).toEqual([
    [64_000 + " ... (629081600 characters more)".length, `xxxxxxxx ... (${(600 << 20) - 64_000} characters more)`],
    ["the next line".length, "the next line"],
  ]);
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

  // a separate worker, which is killed
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

/** A host with little patience that has run a job before, and a stage in it that has logged its first line. */
async function begun(code: string) {
  const host = new HostProcess(128, { silentForMs: 5_000 });
  onTestFinished(() => host.kill());
  const signal = new AbortController().signal;
  await expect(host.run(await jobOf("export const run = () => { throw 1; };"), signal, silent)).rejects.toThrow();
  const said = Promise.withResolvers<string>();
  const outcome = host.run(await jobOf(code), signal, { ...silent, log: (_, message) => said.resolve(message) });
  outcome.catch(() => undefined);
  await said.promise;
  return { host, outcome };
}

test("a host that makes no progress is killed, and its attempt may be retried", async () => {
  const { host, outcome } = await begun(
    'export const run = async (context) => { context.log("info", "began"); await new Promise(() => undefined); };',
  );
  process.kill(host.pid ?? 0, "SIGSTOP");
  await expect(outcome).rejects.toMatchObject({
    parts: { code: "HOST_CRASHED", what: "the host gave no sign of life for 5 s and was killed", where: `host process ${host.pid}` },
  });
  await host.kill();
  expect(host.alive).toBe(false);
});

test("a stage that blocks its event loop for longer than a host may be silent is not killed", async () => {
  const code = `import { execSync } from "node:child_process";
    export const run = async (context) => {
      context.log("info", "began");
      await new Promise((resolve) => setTimeout(resolve, 100));
      execSync("sleep 4");
      for (const end = performance.now() + 4_000; performance.now() < end; );
      throw new Error("came to its end");
    };`;
  const { outcome } = await begun(code);
  await expect(outcome).rejects.toMatchObject({ parts: { what: "the stage's code threw Error: came to its end" } });
});

test("a worker that was itself stopped does not consider its hosts dead", async () => {
  const job = await jobOf(
    "export const run = async () => { await new Promise((resolve) => setTimeout(resolve, 9_000)); return 'no report'; };",
  );
  const module = JSON.stringify(join(import.meta.dirname, "host-process.ts"));
  const listener = "{ started() { console.log('began'); }, progress() {}, checkpoint() {}, log() {} }";
  const worker = spawn(
    process.execPath,
    [
      "--input-type=module",
      "-e",
      `const { HostProcess } = await import(${module});
       const host = new HostProcess(128, { silentForMs: 5_000 });
       const outcome = host.run(${JSON.stringify(job)}, new AbortController().signal, ${listener});
       console.log("began");
       await outcome.catch(({ parts }) => console.log(parts.code));
       await host.kill();`,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  onTestFinished(() => void worker.kill("SIGKILL"));
  await once(worker.stdout, "data");
  worker.kill("SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, 7_000));
  worker.kill("SIGCONT");
  const [line] = (await once(worker.stdout, "data")) as [Buffer];
  // the stage returned, but not a report
  expect(line.toString()).toBe("STAGE_FAILED\n");
});

test("a host ends with its worker even if its stage blocks the event loop", async () => {
  const job = await jobOf(
    'export const run = (context) => { context.log("info", String(process.pid)); setTimeout(() => { for (;;); }, 100); return new Promise(() => undefined); };',
  );
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
  const host = Number(line.toString());
  await new Promise((resolve) => setTimeout(resolve, 300));
  worker.kill("SIGKILL");
  await vi.waitFor(() => expect(identityOf(host)).toBeUndefined(), 10_000);
});

test("a stage that uses up its heap, or asks for more memory than the system has, is out of memory", async () => {
  const leaks = "export const run = () => { for (const kept = []; ; ) kept.push(Array.from({ length: 100_000 }, Math.random)); };";
  await expect(new HostProcess(128).run(await jobOf(leaks), new AbortController().signal, silent)).rejects.toMatchObject({
    parts: { code: "OUT_OF_MEMORY", what: "the stage's host used up its heap of 128 MiB" },
  });
  const host = new HostProcess(128);
  onTestFinished(() => host.kill());
  const asks = "export const run = () => { for (const kept = []; ; ) kept.push(new ArrayBuffer(2 ** 44)); };";
  await expect(host.run(await jobOf(asks), new AbortController().signal, silent)).rejects.toMatchObject({
    parts: { code: "OUT_OF_MEMORY", what: expect.stringContaining("more memory than there is: RangeError") },
  });
});

/** Put a process into a group whose memory the kernel limits; false when this user may not. */
function limitMemory(pid: number, bytes: number): boolean {
  const name = `crisol-test-${pid}`;
  const [folder, limit] = existsSync("/sys/fs/cgroup/memory")
    ? [join("/sys/fs/cgroup/memory", name), "memory.limit_in_bytes"]
    : [join("/sys/fs/cgroup", name), "memory.max"];
  try {
    mkdirSync(folder);
    onTestFinished(() => vi.waitFor(() => rmdirSync(folder), 5_000));
    writeFileSync(join(folder, limit), String(bytes));
    writeFileSync(join(folder, "cgroup.procs"), String(pid));
    return true;
  } catch {
    return false;
  }
}

test("a host that the kernel kills for lack of memory is out of memory, not just killed", async ({ skip }) => {
  const code = `export const run = async (context) => {
    context.log("info", "began");
    await new Promise((resolve) => setTimeout(resolve, 500));
    for (const kept = []; ; ) kept.push(Buffer.alloc(16 << 20, 1));
  };`;
  const { host, outcome } = await begun(code);
  if (!limitMemory(host.pid ?? 0, 200 << 20)) return skip("no right to limit memory");
  await expect(outcome).rejects.toMatchObject({
    parts: { code: "OUT_OF_MEMORY", what: "the kernel killed the stage's host for lack of memory" },
  });
});

test.each([
  ["whose stack is not a string", 'Error.prepareStackTrace = (_, frames) => frames; throw new Error("odd");'],
  ["whose name is a symbol", 'throw Object.assign(new Error("odd"), { name: Symbol("odd") });'],
  ["whose message can't be shown", 'throw Object.defineProperty(new Error(), "message", { value: Object.create(null) });'],
  ["that throws when it is looked at", 'throw Object.defineProperty(new Error(), "stack", { get() { throw new Error("no"); } });'],
])("whatever a stage throws fails it, even an error %s, and the host takes the next job", async (_, code) => {
  const host = new HostProcess(128);
  onTestFinished(() => host.kill());
  const outcome = host.run(await jobOf(`export const run = async () => { ${code} };`), new AbortController().signal, silent);
  await expect(outcome).rejects.toMatchObject({ parts: { code: "STAGE_FAILED" } });
  await host.run(await jobOf("export const run = async () => ({});"), new AbortController().signal, silent);
});
