import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { thrownAt } from "./thrown-at.ts";

test("an error is placed in the code that threw it, however long its line is", () => {
  const folder = mkdtempSync(join(tmpdir(), "crisol-thrown-"));
  const file = join(folder, "packed.mjs");
  const error = new Error("no");
  error.stack = `Error: no\n    at run (${pathToFileURL(file)}:2:205)\n    at main (node:internal)`;
  expect(thrownAt(error)).toBe(`at run (${pathToFileURL(file)}:2:205)`);
  writeFileSync(file, `// packed\n${"a();".repeat(50)}if(n>0)throw new Error("no");${"b();".repeat(50)}`);
  expect(thrownAt(error)).toMatch(/:2:205\):\n.*if\(n>0\)throw new Error\("no"\);b\(\);/);
  expect(thrownAt("no error")).toBeUndefined();
  rmSync(folder, { recursive: true });
});
