import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { identityOf } from "../../../system/processes/process-identity.ts";
import { temporaryFolder } from "../../../test/fixtures/temporary-store.ts";
import { runTrainer } from "./trainer-process.ts";

const quiet = {
  step: () => undefined,
  evaluation: () => undefined,
  progress: () => undefined,
  checkpoint: async () => undefined,
  warn: () => undefined,
};

test("a trainer that ends is noticed although a process outside its group holds its output open", async () => {
  const scratch = temporaryFolder();
  const python = join(scratch, "python");
  await writeFile(python, "#!/bin/sh\nsetsid sleep 60 3>&- &\nsleep 0.5\necho started $!\nexit 3\n", { mode: 0o755 });
  vi.stubEnv("CRISOL_PYTHON", python);
  onTestFinished(() => void vi.unstubAllEnvs());
  let said = "";
  const output = (line: string) => {
    said = line;
  };
  const result = runTrainer({ entry: "train", config: {}, scratch, signal: new AbortController().signal, handlers: { ...quiet, output } });
  await expect(result).rejects.toMatchObject({
    parts: { code: "STAGE_FAILED", what: expect.stringMatching(/exited with 3 without a result; its last lines:\n {4}started \d+$/) },
  });
  const holder = Number(said.split(" ")[1]);
  onTestFinished(() => void process.kill(holder, "SIGKILL"));
  expect(identityOf(holder)).toBeDefined();
});
