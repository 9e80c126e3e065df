import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { homeAt, prepareHome } from "./home.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "crisol-home-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("creates its folders, even repeatedly, and leaves no probe", async () => {
  const home = homeAt(join(folder, "deep", "home"));
  await prepareHome(home);
  await prepareHome(home);
  expect((await readdir(home.folder)).sort()).toEqual([".gitignore", "logs", "store", "temporal"]);
  expect(await readFile(join(home.folder, ".gitignore"), "utf8")).toBe("*\n");
});

test("a home has one path, whatever link leads to it, even before it exists", async () => {
  const at = await realpath(folder);
  await mkdir(join(at, "real"));
  await symlink(join(at, "real"), join(at, "link"));
  expect(homeAt(join(at, "link"))).toEqual(homeAt(join(at, "real")));
  expect(homeAt(join(at, "link", "deep", "home")).folder).toBe(join(at, "real", "deep", "home"));
});

test("a file where the home should be is an error that says so", async () => {
  await writeFile(join(folder, "file"), "");
  for (const at of ["file", join("file", "below")]) {
    await expect(prepareHome(homeAt(join(folder, at)))).rejects.toMatchObject({
      parts: { code: "CONFIG_INVALID", what: "the home is not a folder" },
    });
  }
});

test.runIf(process.platform === "linux")("a home that can't be created is an error of the environment", async () => {
  // not even root can create folders there
  await expect(prepareHome(homeAt("/sys/crisol"))).rejects.toMatchObject({ parts: { code: "STORE_UNWRITABLE" } });
});

test.runIf(process.platform === "linux")("a folder of a home that can't be written, though the home can, is named", async () => {
  const home = homeAt(folder);
  await symlink("/sys", home.store);
  await expect(prepareHome(home)).rejects.toMatchObject({ parts: { code: "STORE_UNWRITABLE", where: home.store } });
});
