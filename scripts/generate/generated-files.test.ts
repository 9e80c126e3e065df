import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { crisolFolder } from "../../system/package-folder.ts";
import { generatedFiles } from "./generated-files.ts";

test("the generated files are what the schemas say; if not: npm run generate", () => {
  const files = generatedFiles();
  expect(files.length).toBeGreaterThan(9);
  for (const { path, text } of files) expect(readFileSync(join(crisolFolder, path), "utf8"), path).toBe(text);
});

test("each published schema has a name, a title and a description", () => {
  const schemas = generatedFiles().filter(({ path }) => path.startsWith("schemas/json/"));
  for (const { path, text } of schemas) {
    expect(JSON.parse(text), path).toMatchObject({
      $id: `urn:crisol:schema:${path.slice("schemas/json/".length, -".json".length)}`,
      $schema: "https://json-schema.org/draft/2020-12/schema",
      title: expect.stringMatching(/^[A-Z]\w+$/),
      description: expect.stringMatching(/\.$/),
    });
  }
});
