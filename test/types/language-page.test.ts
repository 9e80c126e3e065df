import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { pages, renderPage } from "./language-page.ts";

test.each(pages)("%s says what the code says (node test/types/write-language-page.ts writes it)", (path) => {
  const page = readFileSync(path, "utf8");
  expect(page).toBe(renderPage(page));
  expect(page.match(/<!-- begin /g)?.length).toBeGreaterThan(1);
});
