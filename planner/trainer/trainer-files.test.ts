import { cpSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { crisolFolder } from "../../system/package-folder.ts";
import { trainerDigest } from "./trainer-files.ts";

let trainer: string;
beforeEach(() => {
  trainer = mkdtempSync(join(tmpdir(), "crisol-trainer-"));
  cpSync(join(crisolFolder, "trainer"), trainer, { recursive: true, filter: (path) => !path.includes("__pycache__") });
});
afterEach(() => rmSync(trainer, { recursive: true, force: true }));

const edit = (path: string, change: (text: string) => string) => {
  writeFileSync(join(trainer, path), change(readFileSync(join(trainer, path), "utf8")));
};

test.each([
  ["the folder's path", () => undefined],
  ["the modification time", () => utimesSync(join(trainer, "requirements.lock"), 1, 1)],
  ["line ends", () => edit("crisol_trainer/__init__.py", (text) => text.replaceAll("\n", "\r\n"))],
  ["a test", () => writeFileSync(join(trainer, "tests/test_new.py"), "def test_new() -> None: ...\n")],
  ["compiled code", () => writeFileSync(join(trainer, "crisol_trainer/__init__.pyc"), "x")],
  ["pyproject.toml", () => edit("pyproject.toml", (text) => `${text}\n# more\n`)],
])("%s does not change the trainer's digest", (_, change) => {
  change();
  expect(trainerDigest(trainer)).toBe(trainerDigest(join(crisolFolder, "trainer")));
});

test.each([
  ["a file", () => edit("crisol_trainer/__init__.py", (text) => `${text}\nx = 1\n`)],
  ["a file more", () => writeFileSync(join(trainer, "crisol_trainer/more.py"), "")],
  ["the lock file", () => edit("requirements.lock", (text) => `${text}\nleft-pad==1.0\n`)],
])("%s changes the trainer's digest", (_, change) => {
  change();
  expect(trainerDigest(trainer)).not.toBe(trainerDigest(join(crisolFolder, "trainer")));
});
