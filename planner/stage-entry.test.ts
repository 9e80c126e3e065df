import { expect, test } from "vitest";
import { spokenEra } from "../pipelines/filters/spoken-era.ts";
import { bundleStages } from "./bundle.ts";
import { ExternalPackages } from "./external-packages.ts";
import { crisolFolder } from "./folders.ts";
import { stageEntry } from "./stage-entry.ts";

test("an inline stage is found among its module's exports, and what only building needs stays out of its bundle", async () => {
  const module = await stageEntry(spokenEra.spec);
  expect(module).toContain("import{spokenEra as stage}");
  const [bundle] = await bundleStages([{ stage: "spokenEra", module }], crisolFolder, new ExternalPackages());
  const own = bundle?.pieces.map(({ path }) => path.slice(crisolFolder.length + 1)).filter((path) => !path.startsWith("node_modules/"));
  expect(own).toContain("pipelines/filters/spoken-era.ts");
  expect(own).toContain("dsl/filter-documents.ts");
  expect(own).not.toContain("dsl/bind-ports.ts");
});

test("one that is not exported is refused, with what to write", async () => {
  const hidden = { ...spokenEra.spec, name: "hidden" };
  await expect(stageEntry(hidden)).rejects.toMatchObject({
    parts: {
      code: "PIPELINE_INVALID",
      what: expect.stringContaining('"hidden" is not exported'),
      fix: expect.stringContaining("export const hidden"),
    },
  });
});
