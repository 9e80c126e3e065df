import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/fixtures/temporary-store.ts";
import { parameters } from "../session.ts";
import { pipelineFile } from "./pipeline-file.ts";

const name = "crónicas de año";

test.each(["NFC", "NFD"] as const)("a pipeline is found whichever way its name is written (file: %s)", (form) => {
  const project = temporaryFolder();
  mkdirSync(join(project, "pipelines"));
  const file = join(project, "pipelines", `${name.normalize(form)}.ts`);
  writeFileSync(file, "");
  for (const given of [name.normalize("NFC"), name.normalize("NFD")]) expect(pipelineFile(project, given)).toBe(file);
});

test("a parameter is set whichever way its name is written; its value is as given", () => {
  const value = "niño".normalize("NFD");
  expect(parameters([`${"año".normalize("NFD")}=${value}`])).toEqual({ ["año".normalize("NFC")]: value });
});
