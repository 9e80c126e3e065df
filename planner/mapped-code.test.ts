import { SourceMap } from "node:module";
import { expect, test } from "vitest";
import { type MappedCode, withOtherHead } from "./mapped-code.ts";

/** Three lines, which come from lines 5, 7 and 9 of a source (from 0). */
const code: MappedCode = { code: "import a;\nrun();\nend();", mappings: "AAKA;AAEA;AAEA", names: [] };

/** The line of the source that the line with a text comes from. */
function sourceLine(mapped: MappedCode, text: string): unknown {
  const { mappings } = mapped;
  const map = new SourceMap({ version: 3, file: "", sourceRoot: "", sources: ["source"], sourcesContent: [], names: [], mappings });
  return map.findEntry(mapped.code.split("\n").indexOf(text), 0);
}

test.each([
  ["as many", "import b;\nrun();\nend();"],
  ["more", "import a;\nimport * as b;\nimport c;\nrun();\nend();"],
  ["fewer", "run();\nend();"],
])("below a head of %s lines, the mappings hold", (_, other) => {
  expect(sourceLine(code, "run();")).toMatchObject({ originalLine: 7 });
  expect(sourceLine(withOtherHead(code, other), "run();")).toMatchObject({ originalLine: 7 });
});
