import { expect, test } from "vitest";
import type { FileEntry, Manifest } from "../../schemas/artifact.ts";
import { digestOf } from "../../schemas/digest.ts";
import { contentDigest, manifestOf } from "./manifest.ts";
import { sizesAround } from "./shard-cut.ts";
import { type Shard, shardsOf } from "./shards.ts";

const file = (path: string, text = path, bytes = 10): FileEntry => ({ path, bytes, sha256: digestOf(text) });
const shard = (number: number, text: string) => file(`documents/${String(number).padStart(5, "0")}.jsonl.zst`, text);

function artifact(kind: Manifest["kind"], files: readonly FileEntry[], more: Partial<Manifest> = {}): Manifest {
  return manifestOf({
    kind,
    facts: ["sealed"],
    counts: { documents: 9 },
    meta: {},
    producer: null,
    inputs: [],
    ...more,
    files: [...files],
  });
}

const contents = (shards: readonly Shard[]) => shards.map(({ content }) => content);

test("a shard of documents is one of their files, the same whatever its position and the meta of the whole", () => {
  const sealed = artifact("documents", [shard(0, "a"), shard(1, "b"), file("sources.json"), file("seal.dsse.json")], {
    meta: { documentsRoot: "1234" },
  });
  const [first, second, ...others] = shardsOf(sealed);
  expect(others).toEqual([]);
  expect([first?.name, second?.name]).toEqual(["documents/00000.jsonl.zst", "documents/00001.jsonl.zst"]);
  expect(second?.manifest.files).toEqual([shard(0, "b")]);
  expect(second?.manifest).toMatchObject({ kind: "documents", facts: ["sealed"], counts: {}, meta: {} });
  const moved = artifact("documents", [shard(0, "z"), shard(1, "y"), shard(2, "b")], { meta: { documentsRoot: "5678" } });
  expect(contents(shardsOf(moved))[2]).toBe(second?.content);
});

test("a shard is its own artifact: nothing of the whole that affects a result is left in it", () => {
  const whole = (meta: Manifest["meta"], counts: Manifest["counts"]) =>
    shardsOf(artifact("documents", [shard(0, "a"), shard(1, `${counts.documents}`)], { meta, counts }))[0];
  const [one, other] = [whole({ root: "1" }, { documents: 1 }), whole({ root: "2" }, { documents: 2 })];
  expect(one).toEqual(other);
  expect(one?.content).toBe(one && contentDigest(one.manifest));
  expect(one?.manifest).toEqual(manifestOf(one?.manifest ?? artifact("documents", [])));
});

test("facts are part of a shard: what is demanded of documents is demanded of each", () => {
  const files = [shard(0, "a")];
  const [bare, sealed] = [artifact("documents", files, { facts: [] }), artifact("documents", files)];
  expect(contents(shardsOf(bare))).not.toEqual(contents(shardsOf(sealed)));
});

test("a shard of tokens is the files of one number, with those that all share", () => {
  const numbered = (number: string, text: string) =>
    ["bin", "idx", "bytes"].map((ending) => file(`tokens/${number}.${ending}`, text + ending));
  const tokens = artifact("tokens", [...numbered("00000", "a"), ...numbered("00001", "b"), file("tokenizer.json")], {
    meta: { vocabulary: 4 },
  });
  const shards = shardsOf(tokens);
  expect(shards.map(({ name }) => name)).toEqual(["tokens/00000", "tokens/00001"]);
  expect(shards[1]?.manifest.files.map(({ path, sha256 }) => [path, sha256])).toEqual([
    ["tokenizer.json", digestOf("tokenizer.json")],
    ["tokens/00000.bin", digestOf("bbin")],
    ["tokens/00000.bytes", digestOf("bbytes")],
    ["tokens/00000.idx", digestOf("bidx")],
  ]);
  expect(shards[1]?.manifest.meta).toEqual({ vocabulary: 4 });
});

const raw = (count: number, bytes: number) =>
  Array.from({ length: count }, (_, index) => file(`data/${String(index).padStart(4, "0")}.txt`, `${index}`, bytes));
const paths = (shards: readonly Shard[]) => shards.flatMap(({ manifest }) => manifest.files.map(({ path }) => path));

test("files are grouped with their neighbours, in order, none left out or divided", () => {
  const files = raw(500, 1000);
  const shards = shardsOf(artifact("files", files), sizesAround(10_000));
  expect(paths(shards)).toEqual(files.map(({ path }) => path));
  expect(shards.map(({ name }) => name)).toEqual(shards.map(({ manifest }) => manifest.files[0]?.path));
  const sizes = shards.map(({ manifest }) => manifest.files.reduce((sum, { bytes }) => sum + bytes, 0));
  expect(Math.max(...sizes)).toBeLessThanOrEqual(20_000);
  expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThanOrEqual(2500);
  expect(sizes.reduce((sum, size) => sum + size, 0) / sizes.length).toBeGreaterThan(6000);
});

test("a size below that of any file makes each a shard, and one above that of all together makes one shard", () => {
  const files = artifact("files", raw(40, 100));
  expect(shardsOf(files, sizesAround(1))).toHaveLength(40);
  expect(shardsOf(files)).toHaveLength(1);
  expect(shardsOf(artifact("files", []))).toEqual([]);
});

test.each(["data/0000a.txt", "data/0250a.txt", "data/9999.txt", "data/!.txt"])(
  "%s that is added leaves shards away from it as they were",
  (path) => {
    const files = raw(500, 1000);
    const [before, after] = [files, [...files, file(path, "new", 1000)]].map((all) =>
      contents(shardsOf(artifact("files", all), sizesAround(10_000))),
    );
    const known = new Set(before);
    const changed = after?.filter((content) => !known.has(content)) ?? [];
    expect(changed.length).toBeGreaterThan(0);
    expect(changed.length).toBeLessThan(8);
  },
);

test("a kind without shards is refused", () => {
  expect(() => shardsOf(artifact("model", [file("model.onnx")]))).toThrow("an artifact of kind model has no shards");
});

test("a kind that a user declared is cut as its declaration says", () => {
  const declaration = { name: "vectors", shards: "rows", maps: true, joins: true, shares: false, tokenizer: "none" } as const;
  const files = [file("rows/00000.bin", "a"), file("rows/00000.json", "A"), file("rows/00001.bin", "b"), file("index.json")];
  const cut = (more: Partial<Manifest>) => shardsOf(artifact("vectors", files, { meta: { model: "m" }, ...more }));
  expect(cut({ declaration }).map(({ manifest }) => manifest.files.map(({ path }) => path))).toEqual([
    ["rows/00000.bin", "rows/00000.json"],
    ["rows/00000.bin"],
  ]);
  const [first] = cut({ declaration: { ...declaration, shares: true } });
  expect(first?.manifest.files.map(({ path }) => path)).toEqual(["index.json", "rows/00000.bin", "rows/00000.json"]);
  expect(first?.manifest.meta).toEqual({ model: "m" });
  expect(() => cut({})).toThrow("an artifact of kind vectors has no shards");
});
