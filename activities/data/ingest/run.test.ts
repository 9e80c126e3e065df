import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { digestOf } from "../../../schemas/digest.ts";
import { type CrisolError, isCrisolError } from "../../../schemas/error.ts";
import { StageHarness, type StageResult } from "../../../test/stage-harness.ts";
import * as code from "./run.ts";
import { ingest } from "./stage.ts";

let harness: StageHarness;
beforeAll(async () => {
  harness = await StageHarness.open();
});
afterAll(() => harness.close());

type Contents = Readonly<Record<string, string | Uint8Array>>;

async function ingested(contents: Contents, params: object = {}): Promise<StageResult> {
  return harness.run(ingest, code, { inputs: { from: await harness.files(contents) }, params: { maxBad: 1, ...params } });
}

async function texts(contents: Contents, params: object = {}): Promise<string[]> {
  return (await harness.read((await ingested(contents, params)).outputs.documents)).map(({ text }) => text);
}

async function failure(contents: Contents, params: object = {}): Promise<CrisolError> {
  const error: unknown = await ingested(contents, params).catch((thrown: unknown) => thrown);
  if (!isCrisolError(error)) throw new Error(`expected a CrisolError, got ${error}`);
  return error;
}

const good = '{"text":"one"}\n{"text":"two"}\n';

describe("formats", () => {
  test("reads every format, plain, gzipped and in zstd", async () => {
    const contents = {
      "f/a.jsonl": good,
      "f/b.ndjson.gz": gzipSync(good),
      "f/c.json": '{"text":"whole"}',
      "f/d.json.zst": zstdCompressSync('[{"text":"first"} , {"text":"second"}]'),
      "f/e.txt": "a text\nof two lines",
      "f/f.md.gz": gzipSync("# a heading"),
    };
    expect(await texts(contents)).toEqual(["one", "two", "one", "two", "whole", "first", "second", "a text\nof two lines", "# a heading"]);
  });

  test("takes documents by sorted path, whatever the order of the files", async () => {
    const contents = { "o/b.txt": "b", "o/B.txt": "B", "o/a.txt": "a", "o/a/z.txt": "z" };
    const reversed = Object.fromEntries(Object.entries(contents).reverse());
    expect(await texts(contents)).toEqual(["B", "a", "z", "b"]);
    expect((await ingested(reversed)).outputs).toEqual((await ingested(contents)).outputs);
  });

  test("names a document by its source and its text", async () => {
    const { outputs } = await ingested({ "i/a.jsonl": good });
    const [, second] = await harness.read(outputs.documents);
    expect(second).toEqual({ id: digestOf("i/a.jsonl#1\ntwo").slice(0, 32), text: "two", source: "i/a.jsonl#1", meta: {} });
  });

  test("copes with byte order marks, CRLF, blank lines and a missing last line feed", async () => {
    const mark = "\ufeff";
    const contents = {
      "c/a.jsonl": `${mark}{"text":"one"}\r\n\r\n  \n{"text":"two"}`,
      "c/b.json": `${mark}[{"text":"three"}]`,
      "c/c.txt": `${mark}four\r\nfive\r\n`,
    };
    expect(await texts(contents)).toEqual(["one", "two", "three", "four\nfive\n"]);
  });

  test("reads all records of files that were joined, each with its own byte order mark", async () => {
    const mark = "\ufeff";
    const lines = `${mark}{"text":"one"}\n${mark}{"text":"two"}\n${mark}\n`;
    const contents = {
      "j/a.jsonl": lines,
      "j/b.jsonl.gz": Buffer.concat([gzipSync(lines), gzipSync(lines)]),
      "j/c.txt.gz": Buffer.concat([gzipSync(`${mark}four\n`), gzipSync(`${mark}five${mark}\n`)]),
    };
    expect(await texts(contents)).toEqual(["one", "two", "one", "two", "one", "two", `four\nfive${mark}\n`]);
  });

  test("keeps the fields in `keep`, by name and by path", async () => {
    const record = {
      body: { text: "deep" },
      year: 1999,
      "a.b": "dotted",
      author: { name: "Ana", tags: ["x", null] },
      __proto__: null,
      key: "k-1",
    };
    const { outputs } = await ingested(
      { "m/a.jsonl": `${JSON.stringify(record)}\n{"body":{"text":"bare"},"__proto__":{"polluted":true}}` },
      { text: "body.text", meta: ["year", "a.b", "author.name", "author.tags", "absent", "__proto__"], id: "key" },
    );
    const [first, second] = await harness.read(outputs.documents);
    expect(first?.meta).toEqual({ year: 1999, "a.b": "dotted", "author.name": "Ana", "author.tags": ["x", null], id: "k-1" });
    expect(Object.keys(second?.meta ?? {})).toEqual(["__proto__"]);
    expect("polluted" in {}).toBe(false);
  });

  test("refuses unknown endings, all at once, unless the format is given", async () => {
    const error = await failure({ "e/a.csv": "x", "e/b": "y" });
    expect(error.parts).toMatchObject({ code: "BAD_DATA", where: "e/a.csv, e/b" });
    expect(await texts({ "e/a.csv": "x", "e/b": "y" }, { format: "text" })).toEqual(["x", "y"]);
  });

  test("lists the raw files as they were read", async () => {
    const { outputs } = await ingested({ "s/a.txt": "abc" });
    expect(JSON.parse(await harness.text(outputs.documents, "sources.json"))).toEqual([
      { path: "s/a.txt", bytes: 3, sha256: digestOf("abc") },
    ]);
  });
});

test("neighbouring files are read together, with the same result whichever are neighbours", async () => {
  const names = ["B", "a", "a/1", "a/2", "b", "c"];
  const contents = Object.fromEntries(names.map((name, index) => [`n/${name}.jsonl`, `${good}${index === 3 ? "{\n" : ""}`]));
  const [together, apart] = [await ingested(contents), await ingested(contents, { shardSize: 1 })];
  const { files, counts } = (await harness.input(apart.outputs.documents)).manifest;
  expect([counts.shards, files.length]).toEqual([names.length, names.length + 1]);
  expect((await harness.input(together.outputs.documents)).manifest.counts.shards).toBe(1);
  expect(await harness.read(apart.outputs.documents)).toEqual(await harness.read(together.outputs.documents));
  expect(await harness.text(apart.outputs.documents, "sources.json")).toBe(await harness.text(together.outputs.documents, "sources.json"));
  expect(apart.report).toEqual(together.report);
  expect(apart.report.metrics).toEqual({ files: names.length, bytes: names.length * good.length + 2 });
});

describe("records that cannot be used", () => {
  test("are dropped with reason and place", async () => {
    const lines = [
      '{"text":"good"}',
      '{"text":"cut',
      "[1]",
      '{"other":1}',
      '{"text":7}',
      '{"text":"  \\n"}',
      '{"text":"\\ud800"}',
      `{"text":"deep","meta":${"[".repeat(80)}${"]".repeat(80)}}`,
      `{"text":"${"x".repeat(300)}"}`,
    ];
    const broken = Buffer.concat([
      Buffer.from(`${lines.join("\n")}\n{"text":"caf`),
      Buffer.from([0xe9]),
      Buffer.from('"}\n{"text":"last"}'),
    ]);
    const { report, outputs } = await ingested({ "d/a.jsonl": broken }, { maxLine: 250, meta: ["meta"] });
    expect((await harness.read(outputs.documents)).map(({ text }) => text)).toEqual(["good", "last"]);
    expect(report).toMatchObject({
      in: 11,
      out: 2,
      dropped: {
        broken_json: 1,
        not_an_object: 1,
        missing_text: 1,
        text_is_no_string: 1,
        empty_text: 1,
        lone_surrogate: 1,
        unusable_meta: 1,
        too_long: 1,
        invalid_utf8: 1,
      },
    });
    expect(report.examples?.broken_json?.[0]?.where).toBe("d/a.jsonl:2 (byte 16)");
    const badByte = broken.indexOf(0xe9);
    expect(report.examples?.invalid_utf8?.[0]?.what).toContain(`at byte ${badByte}`);
  });

  test("cost an array nothing but themselves", async () => {
    const { report, outputs } = await ingested({ "d/b.json": '[{"text":"a"},{"text":},,{"text":"b}]"}}, {"text":"c"}]' });
    expect((await harness.read(outputs.documents)).map(({ text }) => text)).toEqual(["a", "c"]);
    expect(report.dropped).toEqual({ broken_json: 3 });
    expect(report.examples?.broken_json?.map(({ where }) => where)).toEqual([
      "d/b.json#1 (byte 14)",
      "d/b.json#2 (byte 24)",
      "d/b.json#3 (byte 25)",
    ]);
  });

  test("an array that breaks off is reported, and what came before is kept", async () => {
    const { report, outputs } = await ingested({ "d/c.json": '[{"text":"a"},{"text":"b"' });
    expect((await harness.read(outputs.documents)).map(({ text }) => text)).toEqual(["a"]);
    expect(report.warnings).toEqual([expect.stringContaining("the file ends within the array")]);
  });

  test("beyond the allowed share are an error with counts and examples", async () => {
    const lines = Array.from({ length: 98 }, (_, index) => `{"text":"${index}"}`);
    const contents = { "b/a.jsonl": [...lines, "{", "[]"].join("\n") };
    const error = await failure(contents, { maxBad: 0.01 });
    expect(error.parts.code).toBe("BAD_DATA");
    expect(error.parts.what).toBe("2 of 100 records are unusable (2 %; at most 1 % may be): broken_json 1, not_an_object 1");
    expect(error.parts.where).toContain("b/a.jsonl:99");
    expect((await ingested(contents, { maxBad: 0.02 })).report.out).toBe(98);
  });

  test("are a share of all records, not of those in one file", async () => {
    const contents = { "b/c.jsonl": "{\n", "b/d.jsonl": good.repeat(10) };
    expect((await ingested(contents, { maxBad: 0.05, shardSize: 1 })).report).toMatchObject({ in: 21, out: 20 });
    expect((await failure(contents, { maxBad: 0.04, shardSize: 1 })).parts.what).toContain("1 of 21 records are unusable");
  });

  test("of exactly the allowed share are allowed, despite binary fractions", async () => {
    const contents = { "b/b.jsonl": [...Array<string>(71).fill('{"text":"x"}'), ...Array<string>(29).fill("{")].join("\n") };
    expect((await ingested(contents, { maxBad: 0.29 })).report.dropped).toEqual({ broken_json: 29 });
  });

  test("because of a number beyond JavaScript's range cost only themselves", async () => {
    const { report } = await ingested({ "d/d.jsonl": '{"text":"a","n":1e999}\n{"text":"b","n":-1e308}' }, { meta: ["n"] });
    expect(report).toMatchObject({ out: 1, dropped: { unusable_meta: 1 } });
  });

  test("come with their remedies", async () => {
    const fix = async (contents: Contents): Promise<string> => (await failure(contents)).parts.fix;
    expect(await fix({ "e/a.json": good })).toContain('`format: "jsonl"`');
    expect(await fix({ "e/b.jsonl": '{"body":"x"}' })).toMatch(/set `text`(?!.*`format`)/);
    expect(await fix({ "e/c.txt": Buffer.from("\ufeffaño", "utf16le") })).toContain("UTF-8");
    expect(await fix({ "e/d.jsonl.gz": gzipSync(Buffer.alloc(4_000_000)) })).toContain("`maxRatio`");
  });

  test("and nothing else in the files are an error even if all may be bad", async () => {
    expect((await failure({ "n/a.jsonl": "{" })).parts.code).toBe("BAD_DATA");
    expect((await failure({ "n/a.jsonl": "" })).parts.what).toBe("the files hold no records");
  });
});

describe("raw files that are not what they seem", () => {
  test("a file that changed since it was pinned is refused, by name and digests", async () => {
    for (const [name, before, after] of [
      ["x/a.jsonl", good, good.replace("two", "tow")],
      ["x/b.jsonl.gz", gzipSync(good), gzipSync(good).subarray(0, 30)],
      ["x/c.jsonl.zst", zstdCompressSync(good), Buffer.from("no zstd at all")],
      ["x/d.jsonl", good, Buffer.alloc(1_000_000, good)],
    ] as const) {
      const from = await harness.files({ [name]: before });
      await writeFile(join(harness.project, name), after);
      const error: unknown = await harness.run(ingest, code, { inputs: { from } }).catch((thrown: unknown) => thrown);
      if (!isCrisolError(error)) throw error;
      expect(error.parts.code).toBe("SOURCE_CHANGED");
      for (const part of [name, digestOf(before), digestOf(after)]) expect(error.parts.where).toContain(part);
    }
  });

  test("a missing file is refused too", async () => {
    const from = await harness.files({ "x/e.jsonl": good, "x/f.jsonl": good });
    await rm(join(harness.project, "x/f.jsonl"));
    await expect(harness.run(ingest, code, { inputs: { from } })).rejects.toMatchObject({ parts: { code: "SOURCE_CHANGED" } });
  });

  const records = Array.from({ length: 2000 }, (_, index) => `{"text":"${digestOf(`${index}`)}"}`).join("\n");

  test.each([
    ["gzip", "t/a.jsonl.gz", gzipSync(records)],
    ["zstd", "t/a.jsonl.zst", zstdCompressSync(records)],
  ])("truncated %s keeps what came before the cut", async (_, name, packed) => {
    const { report } = await ingested({ [name]: packed.subarray(0, packed.length - 2000), "t/z.txt": "sound" });
    expect(report.dropped).toMatchObject({ truncated: 1 });
    expect(report.examples?.truncated?.[0]?.where).toContain(name);
    expect(report.out).toBeGreaterThan(0);
    expect(report.warnings).toHaveLength(1);
  });

  test("bytes that are not an archive are dropped as corrupt, and so is what follows one", async () => {
    const { report } = await ingested({
      "g/a.jsonl.gz": "hello",
      "g/b.jsonl.zst": "hello, world",
      "g/c.jsonl.zst": Buffer.concat([zstdCompressSync(`${good}`), Buffer.from("trailing")]),
      "g/d.txt": "sound",
      "g/e.jsonl.gz": Buffer.concat([gzipSync(`${good}`), Buffer.from("trailing")]),
    });
    expect(report.dropped).toEqual({ corrupt: 4 });
    expect(report.out).toBe(5);
  });

  test("every frame of a zstd file and every member of a gzip file is read", async () => {
    const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    const frames = [
      zstdCompressSync('{"text":"1"}\n{"te'),
      skippable,
      zstdCompressSync('xt":"2"}\n'),
      zstdCompressSync(""),
      zstdCompressSync(records),
    ];
    expect((await texts({ "m/a.jsonl.zst": Buffer.concat(frames) })).length).toBe(2002);
    expect(await texts({ "m/a.jsonl.gz": Buffer.concat([gzipSync(good), gzipSync(good)]) })).toHaveLength(4);
  });

  test("a bomb is abandoned at its limit", async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, "{}\n"));
    for (const params of [{ maxRatio: 20 }, { maxRatio: 10_000, maxFile: 2_000_000 }]) {
      const { report } = await ingested({ "z/a.txt": "sound", "z/b.jsonl.gz": bomb }, params);
      expect(report.dropped).toMatchObject({ bomb: 1 });
      expect(report.in).toBeLessThan(800_000);
    }
  });
});

test("an abort ends the stage at once", async () => {
  const from = await harness.files({ "abort/a.jsonl": good });
  const reason = new Error("stop");
  await expect(harness.run(ingest, code, { inputs: { from }, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});

test("progress ends at all bytes of all files", async () => {
  const { progress } = await ingested({ "p/a.jsonl": good, "p/b.txt": "text" });
  expect(progress.at(-1)).toEqual({ done: good.length + 4, total: good.length + 4, unit: "bytes" });
});
