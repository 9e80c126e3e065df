import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "../../test/fixtures/temporary-store.ts";
import { openStore } from "../store.ts";

/** A separate file system that goes away with the test; undefined when this user may not mount one. */
function mounted(options: string): string | undefined {
  const folder = join(temporaryFolder(), "disk");
  mkdirSync(folder);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  onTestFinished(() => void execFileSync("umount", [folder]));
  return folder;
}

test("a full disk is reported, nothing half-written is left, and what was there stays whole", async ({ skip }) => {
  const disk = mounted("size=1m");
  if (disk === undefined) return skip("no right to mount a small disk");
  const store = await openStore({ directory: join(disk, "store") });
  const first = await store.blobs.put(Buffer.alloc(300_000, "first"));
  const parts = { code: "STORE_FULL", where: expect.stringContaining(disk) };
  await expect(store.blobs.put(Buffer.alloc(900_000, "second"))).rejects.toMatchObject({ parts });
  const streaming = (async function* () {
    for (let chunk = 0; chunk < 100; chunk += 1) yield Buffer.alloc(10_000, chunk);
  })();
  await expect(store.blobs.put(streaming)).rejects.toMatchObject({ parts });
  expect(readdirSync(join(store.location.directory, "tmp"))).toEqual([]);
  expect(await Array.fromAsync(store.blobs.list())).toEqual([first.sha256]);
  expect(await store.blobs.check(first.sha256, { deep: true })).toBeUndefined();
  expect(await store.blobs.put("small enough")).toMatchObject({ bytes: 12 });
});

test("a read-only disk is reported", async ({ skip }) => {
  const disk = mounted("size=1m");
  if (disk === undefined) return skip("no right to mount a small disk");
  const store = await openStore({ directory: join(disk, "store") });
  const { sha256 } = await store.blobs.put("before");
  execFileSync("mount", ["-o", "remount,ro", disk]);
  const parts = { code: "STORE_UNWRITABLE", where: expect.stringContaining(disk) };
  await expect(store.blobs.put("after")).rejects.toMatchObject({ parts });
  await expect(store.heads.set("a", 1, { attempt: 0 })).rejects.toMatchObject({ parts });
  await expect(openStore({ directory: join(disk, "other") })).rejects.toMatchObject({ parts });
  expect((await (await openStore(store.location)).blobs.readAll(sha256)).toString()).toBe("before");
});

test("a limit on the size of files is reported like a full disk", () => {
  const folder = temporaryFolder();
  const program = `
    const { openStore } = await import(${JSON.stringify(join(import.meta.dirname, "../store.ts"))});
    const store = await openStore({ directory: ${JSON.stringify(folder)} });
    const { sha256 } = await store.blobs.put("small");
    const error = await store.blobs.put(Buffer.alloc(1_000_000)).catch((error) => error);
    console.log(error.parts.code, await store.blobs.check(sha256, { deep: true }));
  `;
  const { stdout } = spawnSync("bash", ["-c", 'ulimit -f 200; exec "$0" --input-type=module -e "$1"', process.execPath, program]);
  expect(stdout.toString()).toBe("STORE_FULL undefined\n");
  expect(readdirSync(join(folder, "tmp"))).toEqual([]);
});
