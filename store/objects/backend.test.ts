/** What every backend must do, over each of them. */
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../test/fixtures/temporary-store.ts";
import type { Backend } from "./backend.ts";
import { DirectoryBackend } from "./directory/directory-backend.ts";
import { MemoryBackend } from "./memory-backend.ts";

const backends: { readonly [name: string]: () => Backend } = {
  directory: () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "tmp"));
    return new DirectoryBackend(folder, join(folder, "tmp"));
  },
  memory: () => new MemoryBackend(),
};

const { signal } = new AbortController();
const megabyte = Buffer.alloc(1 << 20, "abcdefg");

async function bytesOf(backend: Backend, name: string, range?: { from: number; to?: number }): Promise<Buffer | undefined> {
  const object = await backend.open(name, range);
  if (object === undefined) return undefined;
  try {
    return Buffer.concat(await Array.fromAsync(object.chunks()));
  } finally {
    await object.close();
  }
}

async function listed(pages: AsyncIterable<readonly string[]>): Promise<string[]> {
  return (await Array.fromAsync(pages)).flat();
}

describe.each(Object.keys(backends))("a backend: %s", (name) => {
  const make = backends[name] ?? expect.unreachable();

  test("an object is published once, whole, and its name stays taken", async () => {
    const backend = make();
    expect(await backend.publish("blobs/a", "one")).toBe(true);
    expect(await backend.publish("blobs/a", "two")).toBe(false);
    expect(await backend.readText("blobs/a")).toBe("one");
    expect((await backend.read("blobs/a"))?.contents).toEqual(Buffer.from("one"));
    await backend.sync("blobs/a");
    await backend.sync("blobs/none");
  });

  test("a draft is seen once it is published, under the first name that is free", async () => {
    const backend = make();
    await backend.publish("blobs/taken", "other");
    const draft = await backend.create();
    await draft.write(megabyte.subarray(0, 300_000));
    await draft.write(megabyte.subarray(300_000));
    expect(await listed(backend.list("blobs"))).toEqual(["blobs/taken"]);
    expect(await draft.publish("blobs/taken")).toBe(false);
    expect(await draft.publish("blobs/free")).toBe(true);
    await draft.discard();
    expect((await bytesOf(backend, "blobs/free"))?.equals(megabyte)).toBe(true);
    const other = await backend.create();
    await other.write(megabyte);
    await other.discard();
    expect(await backend.leftovers()).toEqual({ temporary: 0, locks: 0 });
  });

  test("one of several that publish a name at once does", async () => {
    const backend = make();
    const given = await Promise.all(Array.from({ length: 8 }, (_, index) => backend.publish("records/a", String(index))));
    expect(given.filter(Boolean)).toHaveLength(1);
    expect(await backend.readText("records/a")).toBe(String(given.indexOf(true)));
  });

  test("ranges are read, and may lie behind the end", async () => {
    const backend = make();
    await backend.publish("blobs/a", megabyte);
    expect((await bytesOf(backend, "blobs/a", { from: 999_990 }))?.equals(megabyte.subarray(999_990))).toBe(true);
    expect(await bytesOf(backend, "blobs/a", { from: 3, to: 9 })).toEqual(megabyte.subarray(3, 9));
    expect(await bytesOf(backend, "blobs/a", { from: megabyte.length - 2, to: megabyte.length + 9 })).toHaveLength(2);
    expect(await bytesOf(backend, "blobs/a", { from: 2 * megabyte.length })).toHaveLength(0);
  });

  test("what is opened is read as it was, even if it is removed meanwhile, and a reader may stop early", async () => {
    const backend = make();
    await backend.publish("blobs/a", megabyte);
    const object = (await backend.open("blobs/a")) ?? expect.unreachable();
    await backend.remove("blobs/a");
    expect(object.stat.bytes).toBe(megabyte.length);
    for await (const chunk of object.chunks()) {
      expect(megabyte.subarray(0, chunk.byteLength).equals(Buffer.from(chunk))).toBe(true);
      break;
    }
    await object.close();
  });

  test("what does not exist is undefined", async () => {
    const backend = make();
    expect(await backend.open("blobs/none")).toBeUndefined();
    expect(await backend.read("blobs/none")).toBeUndefined();
    expect(await backend.readText("blobs/none")).toBeUndefined();
    expect(await backend.stat("blobs/none")).toBeUndefined();
    expect(await backend.materialize("blobs/none")).toBeUndefined();
    expect(await backend.touch("blobs/none")).toBe(false);
    expect(await backend.move("blobs/none", "damaged/none")).toBe(false);
    expect(await listed(backend.list("blobs"))).toEqual([]);
    expect(await listed(backend.folders("blobs"))).toEqual([]);
    await backend.remove("blobs/none");
    await backend.removeAll("none");
  });

  test("a version says whether an object may have changed", async () => {
    const backend = make();
    await backend.overwrite("runs/a/summary.json", "one");
    const first = await backend.stat("runs/a/summary.json");
    expect(first).toMatchObject({ bytes: 3 });
    expect(Math.abs(Date.now() - (first?.modified ?? 0))).toBeLessThan(60_000);
    expect(await backend.stat("runs/a/summary.json")).toEqual(first);
    await sleep(20);
    await backend.overwrite("runs/a/summary.json", "two");
    expect((await backend.stat("runs/a/summary.json"))?.version).not.toBe(first?.version);
    expect(await backend.readText("runs/a/summary.json")).toBe("two");
  });

  test("a materialized object is a read-only file with its bytes", async () => {
    const backend = make();
    await backend.publish("blobs/a", megabyte);
    const path = (await backend.materialize("blobs/a")) ?? expect.unreachable();
    expect(readFileSync(path).equals(megabyte)).toBe(true);
    expect(statSync(path).mode & 0o222).toBe(0);
    expect(await backend.materialize("blobs/a")).toBe(path);
  });

  test("lists are in order of UTF-8 bytes, page by page, and see no other folder", async () => {
    const backend = make();
    const names = [
      "heads/a.json",
      "heads/a/b.json",
      "heads/a0.json",
      "heads/año.json",
      "heads/b/c/d.json",
      "heads/\u{1f40d}.json",
      "heads/ｚ.json",
    ];
    for (const each of [...names, "headstones/x.json"].reverse()) await backend.publish(each, "{}");
    const expected = names
      .map((each) => Buffer.from(each))
      .sort(Buffer.compare)
      .map(String);
    expect(await listed(backend.list("heads"))).toEqual(expected);
    expect(await listed(backend.list("heads/a"))).toEqual(["heads/a/b.json"]);
    expect(await listed(backend.folders("heads"))).toEqual(["heads/a", "heads/b"]);
  });

  test("a text is set only if it reads as expected, and one of several at once succeeds", async () => {
    const backend = make();
    expect(await backend.compareAndSet("heads/a", "x", "1")).toBe(false);
    expect(await backend.compareAndSet("heads/a", undefined, "1")).toBe(true);
    expect(await backend.compareAndSet("heads/a", undefined, "2")).toBe(false);
    const set = await Promise.all(Array.from({ length: 8 }, (_, index) => backend.compareAndSet("heads/a", "1", `n${index}`)));
    expect(set.filter(Boolean)).toHaveLength(1);
    expect(await backend.readText("heads/a")).toBe(`n${set.indexOf(true)}`);
    expect(await listed(backend.list("heads"))).toEqual(["heads/a"]);
  });

  test("lines of several writers stay whole, and each writer's in order", async () => {
    const backend = make();
    const writers = Array.from({ length: 6 }, async (_, writer) => {
      for (let line = 0; line < 20; line += 1) {
        await backend.appendLines("runs/a/log", `${writer} ${line}\n${writer} ${line}\n`, { durable: line === 19 });
      }
    });
    await Promise.all(writers);
    const lines = ((await backend.readText("runs/a/log")) ?? "").split("\n").slice(0, -1);
    expect(lines).toHaveLength(240);
    for (let at = 0; at < lines.length; at += 2) expect(lines[at]).toBe(lines[at + 1]);
    for (let writer = 0; writer < 6; writer += 1) {
      const own = lines.filter((line) => line.startsWith(`${writer} `)).map((line) => Number(line.split(" ")[1]));
      expect(own).toEqual(own.toSorted((a, b) => a - b));
    }
  });

  test("a change in a watched folder ends a wait, and silence ends it after a while", async () => {
    const backend = make();
    await backend.overwrite("runs/a/x", "1");
    const changes = backend.watch("runs/a");
    await backend.overwrite("runs/a/x", "2");
    await changes.next(20_000, signal);
    await changes.next(50, signal);
    await changes.next(50, signal);
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 20);
    await changes.next(20_000, stop.signal);
    changes.close();
  });

  test("a lease has one holder, and a waiter is told whose it is and leaves when its signal says so", async () => {
    const backend = make();
    const first = await backend.lease("claims/a", { what: "run one", signal });
    const seen: string[] = [];
    const stop = new AbortController();
    const gone = backend.lease("claims/a", { what: "run two", signal: stop.signal, waits: (what) => seen.push(what) });
    await expect.poll(() => seen).toEqual(["run one"]);
    stop.abort(new Error("cancelled"));
    await expect(gone).rejects.toThrow("cancelled");
    const order: string[] = [];
    const third = backend.lease("claims/a", { what: "run three", signal }).then((release) => {
      order.push("taken");
      return release;
    });
    await (await backend.lease("claims/b", { what: "other", signal }))();
    await sleep(50);
    order.push("released");
    await first();
    await (await third)();
    expect(order).toEqual(["released", "taken"]);
  });

  test("an object moves over another, and is gone where it was; a folder goes whole", async () => {
    const backend = make();
    await backend.publish("blobs/a", "a");
    await backend.publish("blobs/b/c", "c");
    await backend.publish("damaged/a", "old");
    expect(await backend.move("blobs/a", "damaged/a")).toBe(true);
    expect([await backend.readText("blobs/a"), await backend.readText("damaged/a")]).toEqual([undefined, "a"]);
    expect(await backend.touch("damaged/a")).toBe(true);
    await backend.removeAll("blobs");
    expect(await listed(backend.list("blobs"))).toEqual([]);
    expect(await backend.readText("damaged/a")).toBe("a");
    expect(await backend.sweep(Date.now() + 60_000, { dryRun: true })).toBe(0);
  });
});
