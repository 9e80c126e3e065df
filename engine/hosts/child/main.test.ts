import { expect, onTestFinished, test } from "vitest";
import { jobOf } from "../../../test/fixtures/host-job.ts";
import { HostProcess } from "../host-process.ts";

const silent = { started: () => undefined, progress: () => undefined, log: () => undefined, checkpoint: () => undefined };
const { signal } = new AbortController();

function someHost(): HostProcess {
  const host = new HostProcess(128);
  onTestFinished(() => host.kill());
  return host;
}

/** Code that leaves something behind, which fails once the condition holds. */
const leavesBehind = {
  "a promise that is rejected": (message: string, when: string) =>
    `void new Promise((_, reject) => { const timer = setInterval(() => { if (${when}) { clearInterval(timer); reject(new Error(${message})); } }, 10); });`,
  "a timer that throws": (message: string, when: string) =>
    `const timer = setInterval(() => { if (${when}) { clearInterval(timer); throw new Error(${message}); } }, 10);`,
};

for (const [what, leave] of Object.entries(leavesBehind)) {
  test(`${what} after its stage has ended does not fail the next stage in its host, and is logged under its own stage`, async () => {
    process.env.HOST_TEST_SECRET = "s3cr3t-value";
    onTestFinished(() => {
      delete process.env.HOST_TEST_SECRET;
    });
    const host = someHost();
    const leaving = `export const run = async (context, { key }) => { ${leave('"late with " + context.secret(key)', "globalThis.nextRuns")} return {}; };`;
    await host.run(await jobOf(leaving, { key: { secret: "HOST_TEST_SECRET" } }), signal, silent);
    const said: string[] = [];
    const log = (level: string, message: string) => said.push(`${level}: ${message}`);
    const next = await jobOf(
      `export const run = async () => { globalThis.nextRuns = true; await new Promise((done) => setTimeout(done, 600)); return {}; };`,
    );
    await expect(host.run({ ...next, node: { ...next.node, name: "next" } }, signal, { ...silent, log })).resolves.toMatchObject({
      outputs: {},
    });
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(
      /^warn: stage odd left something running, which failed after the stage had ended: Error: late with <secret HOST_TEST_SECRET>/,
    );
  });

  test(`${what} while its stage runs fails it`, async () => {
    const code = `export const run = async () => { ${leave('"in time"', "true")} await new Promise(() => undefined); };`;
    await expect(someHost().run(await jobOf(code), signal, silent)).rejects.toMatchObject({
      parts: { code: "STAGE_FAILED", what: "the stage's code threw Error: in time" },
    });
  });
}
