import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { canonicalJson } from "../../../schemas/canonical-json.ts";
import { openStore } from "../../../store/store.ts";
import { jobOf } from "../../../test/fixtures/host-job.ts";
import { temporaryFolder } from "../../../test/fixtures/temporary-store.ts";
import { HostProcess } from "../host-process.ts";
import type { Job } from "../protocol.ts";

const silent = { started: () => undefined, progress: () => undefined, log: () => undefined, checkpoint: () => undefined };

/** A job that throws the version of the package `pair` that it loaded, in a project that has that version. */
async function jobWithPair(home: Job, version: string): Promise<Job> {
  const project = temporaryFolder();
  const folder = join(project, "node_modules", "pair");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "pair", version, type: "module", exports: "./index.js" }));
  await writeFile(join(folder, "index.js"), `export const version = "${version}";`);
  const store = await openStore(home.store);
  const { sha256: bundle } = await store.blobs.put(
    'import { version } from "pair"; export const run = () => { throw new Error(version); };',
  );
  const made = { version: 1, stage: "odd", outputs: {}, bundle, imports: ["pair"], externals: { pair: version }, files: {} };
  const { sha256: code } = await store.blobs.put(canonicalJson(made));
  return { ...home, project, node: { ...home.node, code } };
}

test("a host that has served another project of the same home takes a stage's packages from its own project", async () => {
  const host = new HostProcess(128);
  onTestFinished(() => host.kill());
  const home = await jobOf("");
  for (const version of ["1.0.0", "2.0.0"]) {
    await expect(host.run(await jobWithPair(home, version), new AbortController().signal, silent)).rejects.toMatchObject({
      parts: { what: `the stage's code threw Error: ${version}` },
    });
  }
});
