import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { clean, dedup, ingest, language, split } from "../activities/index.ts";

test.each([ingest, clean, language, dedup, split].map(({ spec }) => [spec.name, spec] as const))(
  "docs/data.md names every parameter of %s",
  async (name, spec) => {
    const page = await readFile(new URL("../docs/data.md", import.meta.url), "utf8");
    const section = page.split(/^## /m).find((part) => part.startsWith(name)) ?? "";
    const parameters = Object.keys(spec.params.shape);
    expect(parameters.length).toBeGreaterThan(0);
    for (const parameter of parameters) expect(section).toMatch(new RegExp(`\`[^\`]*\\b${parameter}\\b`));
  },
);
