/** Two attempts at one stage that overlap because the first stood still: the first can no longer publish anything. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { openStore } from "../../store/store.ts";
import { jobOf } from "../../test/fixtures/host-job.ts";
import { temporaryFolder } from "../../test/fixtures/temporary-store.ts";
import { HostProcess } from "./host-process.ts";
import type { Job } from "./protocol.ts";

const code = `
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const run = async (context, { flags, saves }) => {
  const flag = (name) => join(flags, name + "-" + process.pid);
  const saved = saves ? await context.checkpoints.load() : undefined;
  context.log("info", "goes on from " + saved?.step);
  for (let step = (saved?.step ?? 0) + 1; !existsSync(flag("go")); step += 1) {
    if (saves) await context.checkpoints.save({ step, by: process.pid }, step);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await context.outputs.report.write("report.json", JSON.stringify({ by: process.pid }));
  return {};
};`;

async function overlapping({ saves }: { readonly saves: boolean }) {
  const job = await jobOf(code, { flags: temporaryFolder(), saves }, { report: { kind: "report", adds: [] } });
  return { job, store: await openStore(job.store) };
}

/** Start a job in its own host; it is at work once this resolves. */
async function begin(job: Job) {
  const host = new HostProcess(128);
  onTestFinished(() => host.kill());
  const began = Promise.withResolvers<string>();
  const saved: number[] = [];
  const outcome = host.run(job, new AbortController().signal, {
    started: () => undefined,
    progress: () => undefined,
    log: (_, message) => began.resolve(message),
    checkpoint: (step) => saved.push(step),
  });
  outcome.catch(() => undefined);
  const said = await began.promise;
  const signal = (name: NodeJS.Signals) => process.kill(host.pid ?? 0, name);
  const letGo = () => writeFileSync(join(String(job.node.params.flags), `go-${host.pid}`), "");
  return { host, outcome, saved, said, signal, letGo };
}

test("an attempt that wakes up beside its successor can no longer save its state", async () => {
  const { job, store } = await overlapping({ saves: true });
  const first = await begin(job);
  await vi.waitFor(() => expect(first.saved.length).toBeGreaterThan(0), 10_000);
  first.signal("SIGSTOP");
  const second = await begin(job);
  expect(second.said).toMatch(/goes on from [1-9]/);
  first.signal("SIGCONT");
  await expect(first.outcome).rejects.toMatchObject({ parts: { code: "CANCELED", what: "attempt 2 has taken over from attempt 1" } });
  second.letGo();
  const made = await second.outcome;
  expect(await store.records.get(job.key)).toMatchObject({ outputs: made.outputs });
  const [head] = await Array.fromAsync(store.heads.list("checkpoints/"));
  expect(head?.head.attempt).toBe(2);
});

test("an attempt that ends after its successor returns the successor's outputs", async () => {
  const { job, store } = await overlapping({ saves: false });
  const first = await begin(job);
  first.signal("SIGSTOP");
  const second = await begin(job);
  second.letGo();
  const made = await second.outcome;
  first.letGo();
  first.signal("SIGCONT");
  expect((await first.outcome).outputs).toEqual(made.outputs);
  const manifest = await store.artifacts.manifest(made.outputs.report?.digest ?? job.key);
  const text = await store.blobs.readAll(manifest.files[0]?.sha256 ?? job.key);
  expect(JSON.parse(text.toString())).toEqual({ by: second.host.pid });
  expect(existsSync(join(store.location.directory, "damaged"))).toBe(false);
});
