import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { crisolFolder } from "../../../system/package-folder.ts";
import { workflowBuildId } from "./workflow-build-id.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "crisol-workflows-"));
  for (const name of ["workflows", "schemas"]) cpSync(join(crisolFolder, name), join(folder, name), { recursive: true });
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

const entry = (of: string) => join(of, "workflows", "index.ts");

function alter(file: string, from: string | RegExp, to: string): void {
  const path = join(folder, file);
  const text = readFileSync(path, "utf8");
  expect(text).toMatch(from);
  writeFileSync(path, text.replace(from, to));
}

test("the version depends on the workflow code alone, not on its place or formatting", async () => {
  const here = await workflowBuildId(entry(crisolFolder));
  expect(here).toMatch(/^[0-9a-f]{16}$/);
  expect(await workflowBuildId(entry(folder))).toBe(here);
  alter("workflows/run-plan.ts", /^export async function runPlan/m, "// a comment\n\n  export   async function runPlan");
  alter("workflows/protocol.ts", /$/, "\nexport interface Another {\n  readonly value: string;\n}\n");
  expect(await workflowBuildId(entry(folder))).toBe(here);
});

test.each([
  ["workflows/batches.ts", /LARGEST_BATCH = \d+/, "LARGEST_BATCH = 7"],
  ["workflows/stage-proxy.ts", '"10 seconds"', '"11 seconds"'],
])("other code has another version: %s", async (file, from, to) => {
  alter(file, from, to);
  expect(await workflowBuildId(entry(folder))).not.toBe(await workflowBuildId(entry(crisolFolder)));
});
