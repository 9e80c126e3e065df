import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/fixtures/temporary-store.ts";
import { FolderChanges } from "./folder-changes.ts";

/** Longer than a test may take: a wait this long was not ended by a change. */
const FOREVER_MS = 600_000;
const { signal } = new AbortController();

test("a file that grows and a new file end the wait", async () => {
  const folder = temporaryFolder();
  const changes = new FolderChanges(folder);
  for (const text of ["made", "grown"]) {
    const woken = changes.next(FOREVER_MS, signal);
    appendFileSync(join(folder, "file"), text);
    await woken;
  }
  changes.close();
});

test("what changed before the wait ends it at once", async () => {
  const folder = temporaryFolder();
  const changes = new FolderChanges(folder);
  appendFileSync(join(folder, "file"), "early");
  await new Promise((resolve) => setTimeout(resolve, 50));
  await changes.next(FOREVER_MS, signal);
  changes.close();
});

test("the signal ends the wait, and so does the limit when nothing can be watched", async () => {
  const changes = new FolderChanges(join(temporaryFolder(), "missing"));
  const abort = new AbortController();
  const aborted = changes.next(FOREVER_MS, abort.signal);
  abort.abort();
  await aborted;
  await changes.next(FOREVER_MS, abort.signal);
  await changes.next(1, signal);
  expect(() => changes.close()).not.toThrow();
});
