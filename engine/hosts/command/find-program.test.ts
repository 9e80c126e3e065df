import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { environmentProgram } from "../../../system/processes/python-environment.ts";
import { temporaryFolder } from "../../../test/fixtures/temporary-store.ts";
import { findProgram } from "./find-program.ts";

afterEach(() => vi.unstubAllEnvs());

function program(path: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "#!/bin/sh\n");
  chmodSync(path, 0o755);
  return path;
}

test("python is the one that the environment names, else the project's, else the one installed by set-up", () => {
  const [project, folder] = [temporaryFolder(), temporaryFolder()];
  const find = () => findProgram("python", { project, folder, where: "stage a" });
  vi.stubEnv("CRISOL_PYTHON", undefined);
  expect(find()).toBe(environmentProgram("python"));
  mkdirSync(join(project, ".venv", "bin"), { recursive: true });
  symlinkSync(environmentProgram("python"), join(project, ".venv", "bin", "python"));
  expect(find()).toBe(join(project, ".venv", "bin", "python"));
  vi.stubEnv("CRISOL_PYTHON", program(join(project, "other", "python3")));
  expect(find()).toBe(join(project, "other", "python3"));
});

test("a name is looked up on the PATH, in its order; a path is one of the command's own files", () => {
  const [project, folder] = [temporaryFolder(), temporaryFolder()];
  const find = (word: string) => findProgram(word, { project, folder, where: "stage a" });
  const [first, second] = [join(project, "first"), join(project, "second")];
  mkdirSync(first);
  writeFileSync(join(first, "score"), "no program");
  const found = program(join(second, "score"));
  vi.stubEnv("PATH", `:relative:${first}:${second}`);
  expect(find("score")).toBe(found);
  const own = program(join(folder, "score"));
  expect(find("./score")).toBe(own);
  expect(() => find("./lib/score")).toThrow('the program "./lib/score" was not found');
});

test.each(["python", "score"])("%s that is not found is reported, with what to do", (word) => {
  vi.stubEnv("CRISOL_PYTHON", "/nowhere/python");
  const missing = () => findProgram(word, { project: "/nowhere", folder: "/nowhere", where: "stage a" });
  expect(missing).toThrow(expect.objectContaining({ parts: expect.objectContaining({ code: "ENVIRONMENT", where: "stage a" }) }));
});
