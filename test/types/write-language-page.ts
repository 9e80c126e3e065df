/** Writes the parts of docs/language.md that are made from code. */
import { readFileSync, writeFileSync } from "node:fs";
import { languagePage, renderPage } from "./language-page.ts";

writeFileSync(languagePage, renderPage(readFileSync(languagePage, "utf8")));
