import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { flipBit, temporaryFolder } from "../../../test/fixtures/temporary-store.ts";
import { bundleNoteFile, workflowBundle } from "./workflow-bundle.ts";

test("a bundle is built once, and again if it or its note is damaged", async () => {
  const cache = join(temporaryFolder(), "cache");
  const built = await workflowBundle(cache);
  const code = readFileSync(built.codePath);
  const { ino } = statSync(built.codePath);
  expect(await workflowBundle(cache)).toEqual(built);
  expect(statSync(built.codePath).ino).toBe(ino);
  for (const damage of [
    () => flipBit(built.codePath, code.length >> 1),
    () => flipBit(bundleNoteFile(built.codePath), 20),
    () => writeFileSync(bundleNoteFile(built.codePath), "junk"),
    () => writeFileSync(built.codePath, ""),
  ]) {
    damage();
    expect(await workflowBundle(cache)).toEqual(built);
    expect(readFileSync(built.codePath).equals(code)).toBe(true);
  }
}, 120_000);
