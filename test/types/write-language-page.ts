/** Writes the parts of README.md and of the pages in docs/ that are made from code. */
import { readFileSync, writeFileSync } from "node:fs";
import { pages, renderPage } from "./language-page.ts";

for (const page of pages) writeFileSync(page, renderPage(readFileSync(page, "utf8")));
