import { expect, test } from "vitest";
import type { FileEntry } from "../../schemas/artifact.ts";
import { digestOf } from "../../schemas/digest.ts";
import type { ShardPart } from "../../schemas/record.ts";
import { joinParts } from "./join-parts.ts";

const file = (path: string, text = path): FileEntry => ({ path, bytes: text.length, sha256: digestOf(text) });

function part(files: readonly FileEntry[], more: Partial<ShardPart> = {}): ShardPart {
  return { kind: "documents", facts: [], counts: {}, meta: {}, ...more, files: [...files] };
}

const shard = (number: string, text: string) => file(`documents/${number}.jsonl.zst`, text);

test("shards are renumbered in the order of the parts; a part without shards takes no number", () => {
  const { files } = joinParts([part([shard("00000", "a"), shard("00001", "b")]), part([]), part([shard("00000", "c")])]);
  expect(files).toEqual([shard("00000", "a"), shard("00001", "b"), shard("00002", "c")]);
});

test("the files of one number stay together, and a file that all parts have is kept once", () => {
  const tokens = (text: string) => [
    ...["bin", "idx", "bytes"].map((ending) => file(`tokens/00000.${ending}`, text + ending)),
    file("tokenizer.json"),
  ];
  const { files } = joinParts([part(tokens("a"), { kind: "tokens" }), part(tokens("b"), { kind: "tokens" })]);
  expect(files.map(({ path }) => path).sort()).toEqual([
    "tokenizer.json",
    ...["bin", "bytes", "idx"].map((ending) => `tokens/00000.${ending}`),
    ...["bin", "bytes", "idx"].map((ending) => `tokens/00001.${ending}`),
  ]);
  expect(files.find(({ path }) => path === "tokens/00001.idx")?.sha256).toBe(digestOf("bidx"));
});

test("paths sort in the order of the parts, however many there are", () => {
  const one = [shard("00000", "a")];
  const { files } = joinParts(Array.from({ length: 100_001 }, () => part(one)));
  const paths = files.map(({ path }) => path);
  expect(paths.toSorted()).toEqual(paths);
  expect(paths[100_000]).toBe("documents/100000.jsonl.zst");
});

test("counts are summed, facts are those that all have, and meta is what some have and none contradicts", () => {
  const one = part([], { facts: ["clean", "sealed"], counts: { documents: 2, shards: 1 }, meta: { vocabulary: 400 } });
  const other = part([], { facts: ["sealed"], counts: { documents: 3 }, meta: { dataType: "uint16" } });
  expect(joinParts([one, other])).toEqual({
    facts: ["sealed"],
    counts: { documents: 5, shards: 1 },
    meta: { vocabulary: 400, dataType: "uint16" },
    files: [],
  });
  expect(joinParts([])).toEqual({ facts: [], counts: {}, meta: {}, files: [] });
});

test("parts that contradict each other are refused, showing what each says", () => {
  expect(() => joinParts([part([], { meta: { language: "es" } }), part([], { meta: { language: "en" } })])).toThrow(
    'different things for meta "language": "es" and "en"',
  );
  expect(() => joinParts([part([file("notes.txt", "a")]), part([file("notes.txt", "b")])])).toThrow('for file "notes.txt"');
});
