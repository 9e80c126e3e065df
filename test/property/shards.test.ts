/** Documents of any size that are written into shards come back, and where shards end depends only on nearby documents. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { digestOf } from "../../schemas/digest.ts";
import type { Document } from "../../schemas/document.ts";
import { readShard, ShardWriter, type WrittenShards } from "../../store/artifacts/document-shards.ts";
import { ShardCut, type ShardSizes } from "../../store/artifacts/shard-cut.ts";
import { openStore, type Store } from "../../store/store.ts";

const seed = Number(process.env.CRISOL_SEED ?? 20_261_124);

let folder = "";
let store: Store;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "crisol-shards-"));
  store = await openStore({ directory: folder });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const text = fc.string({ unit: "grapheme", maxLength: 300 });
const documents: fc.Arbitrary<Document[]> = fc.array(
  fc
    .record({
      text,
      source: text,
      meta: fc.dictionary(fc.string({ unit: "grapheme-ascii" }), fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null))),
    })
    .map((rest) => ({ id: digestOf(JSON.stringify(rest)).slice(0, 32), ...rest })),
  { maxLength: 60 },
);
const sizes: fc.Arbitrary<ShardSizes> = fc
  .tuple(
    fc.integer({ min: 1, max: 2000 }),
    fc.integer({ min: 1, max: 4000 }),
    fc.integer({ min: 1, max: 4000 }),
    fc.integer({ min: 1, max: 3000 }),
  )
  .map(([least, spread, more, frame]) => ({ least, spread, most: least + more, frame }));

async function write(all: readonly Document[], size: ShardSizes): Promise<WrittenShards> {
  const written = Promise.withResolvers<WrittenShards>();
  const writer = new ShardWriter(store.blobs, size, written.resolve);
  for (const document of all) await writer.write(document);
  await writer.close();
  return written.promise;
}

test("documents come back as they were, in order", async () => {
  await fc.assert(
    fc.asyncProperty(documents, sizes, async (all, size) => {
      const { files } = await write(all, size);
      const back: Document[] = [];
      for (const { path, sha256 } of files) for await (const document of readShard(store.blobs.read(sha256), path)) back.push(document);
      expect(back.map((document) => JSON.stringify(document.meta))).toEqual(all.map(({ meta }) => JSON.stringify(sorted(meta))));
      expect(back.map(({ id, text, source }) => [id, text, source])).toEqual(all.map(({ id, text, source }) => [id, text, source]));
    }),
    { seed, numRuns: 40, verbose: true },
  );
});

function sorted(meta: Document["meta"]): Document["meta"] {
  return Object.fromEntries(Object.entries(meta).sort(([a], [b]) => (a < b ? -1 : 1)));
}

test("boundaries return to where they were soon after a difference", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1000 }), fc.array(fc.nat(400), { maxLength: 50 }), fc.nat(5000), (label, others, at) => {
      const ids = Array.from({ length: 6000 }, (_, index) => `${label}-${index}`);
      const size = (id: string) => 50 + (Number.parseInt(digestOf(id).slice(0, 4), 16) % 200);
      const ends = (list: readonly string[]) => {
        const cut = new ShardCut({ least: 3000, spread: 9000, most: 24_000, frame: 1000 });
        return new Set(list.filter((id) => cut.endsWith(id, size(id))));
      };
      const changed = ends(ids.toSpliced(at, 0, ...others.map((other) => `other ${other}`)));
      const far = ids.slice(at + 900);
      const before = ends(ids);
      expect(far.filter((id) => before.has(id) !== changed.has(id))).toEqual([]);
      expect(ids.slice(0, at).filter((id) => before.has(id) !== changed.has(id))).toEqual([]);
    }),
    { seed, numRuns: 60, verbose: true },
  );
});
