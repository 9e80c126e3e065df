import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { languagePage, renderPage } from "./language-page.ts";

test("docs/language.md says what the code says (node test/types/write-language-page.ts writes it)", () => {
  const page = readFileSync(languagePage, "utf8");
  expect(page).toBe(renderPage(page));
  expect(page.match(/<!-- begin /g)?.length).toBeGreaterThan(5);
});
