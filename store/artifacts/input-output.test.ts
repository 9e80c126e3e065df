import { lstatSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { digestOf } from "../../schemas/digest.ts";
import { documentOf } from "../../test/fixtures/stage-artifacts.ts";
import { blobFile, flipBit, someDigest, temporaryFolder, temporaryStore } from "../../test/fixtures/temporary-store.ts";
import type { Store } from "../store.ts";
import { openInput } from "./input-artifact.ts";
import { draftOutput } from "./output-artifact.ts";

const producer = someDigest("f");

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function twoDocuments(store: Store) {
  const output = draftOutput(store, { kind: "documents" }, ["sealed", "clean"]);
  const writer = output.documents();
  await writer.write(documentOf("a", "one"));
  await writer.write(documentOf("b", "zwölf"));
  await writer.close();
  await output.write("notes.txt", chunks("a", "bc"));
  output.count("kept", 2);
  output.meta("language", "es");
  output.fact("screened");
  return output.commit({ producer, inputs: [someDigest("1")] });
}

const folders = () => ({ scratch: temporaryFolder(), project: temporaryFolder() });

test("what was written to an output is read from the input", async () => {
  const store = await temporaryStore();
  const ref = await twoDocuments(store);
  const input = await openInput(store, ref, folders());
  expect(input.manifest).toMatchObject({
    kind: "documents",
    facts: ["clean", "screened", "sealed"],
    counts: { documents: 2, textBytes: 9, shards: 1, kept: 2 },
    meta: { language: "es" },
    producer,
    inputs: [someDigest("1")],
  });
  const texts: string[] = [];
  for await (const { text } of input.documents()) texts.push(text);
  expect(texts).toEqual(["one", "zwölf"]);
  expect(await input.text("notes.txt")).toBe("abc");
  expect(readFileSync(await input.file("notes.txt"), "utf8")).toBe("abc");
  const folder = await input.folder();
  expect(readFileSync(join(folder, "notes.txt"), "utf8")).toBe("abc");
  expect(lstatSync(join(folder, "documents/00000.jsonl.zst")).isSymbolicLink()).toBe(true);
  expect(await store.artifacts.check(ref)).toBeUndefined();
});

test("the same work produces the same artifact; the content is the same whatever produced it", async () => {
  const [one, other] = [await temporaryStore(), await temporaryStore()];
  expect(await twoDocuments(one)).toEqual(await twoDocuments(other));
  const draft = draftOutput(one, { kind: "report" }, []);
  await draft.write("a", "1");
  const made = await draft.commit({ producer, inputs: [] });
  const remade = await draft.commit({ producer: someDigest("e"), inputs: [someDigest("2")] });
  expect(remade.content).toBe(made.content);
  expect(remade.digest).not.toBe(made.digest);
});

test("a file is reused without being read, under another name if requested", async () => {
  const store = await temporaryStore();
  const input = await openInput(store, await twoDocuments(store), folders());
  const output = draftOutput(store, { kind: "report" }, []);
  output.reuse(input, "notes.txt", "copy.txt");
  const reused = await openInput(store, await output.commit({ producer, inputs: [] }), folders());
  expect(await reused.text("copy.txt")).toBe("abc");
  expect(() => output.reuse(input, "none")).toThrow("no file");
});

test("a damaged file is reported with artifact, producer, path and blob, however it is read", async () => {
  const store = await temporaryStore();
  const ref = await twoDocuments(store);
  const input = await openInput(store, ref, folders());
  const blob = digestOf("abc");
  flipBit(blobFile(store, blob));
  const parts = {
    code: "ARTIFACT_DAMAGED",
    damaged: { blob, artifact: ref.digest, producer },
    where: expect.stringContaining("notes.txt"),
  };
  await expect(input.text("notes.txt")).rejects.toMatchObject({ parts });
  await expect(input.file("notes.txt")).rejects.toMatchObject({ parts });
  await expect(input.folder()).rejects.toMatchObject({ parts });
  expect(await store.artifacts.check(ref)).toMatchObject({ blob, artifact: ref.digest, producer, path: "notes.txt" });
});

test("a damaged manifest is reported as the artifact's", async () => {
  const store = await temporaryStore();
  const ref = await twoDocuments(store);
  flipBit(blobFile(store, ref.digest), 30);
  await expect(openInput(store, ref, folders())).rejects.toMatchObject({
    parts: { code: "ARTIFACT_DAMAGED", damaged: { blob: ref.digest, artifact: ref.digest } },
  });
  expect(await store.artifacts.check(ref)).toMatchObject({ blob: ref.digest, artifact: ref.digest });
});

test("raw files are read from the project, and refused when they have changed", async () => {
  const store = await temporaryStore();
  const place = folders();
  mkdirSync(join(place.project, "data"));
  writeFileSync(join(place.project, "data/a.txt"), "raw");
  const file = { path: "data/a.txt", ...(await store.files.hashFile(join(place.project, "data/a.txt"))) };
  const ref = await store.artifacts.commit({ kind: "files", facts: [], counts: {}, meta: {}, files: [file], producer: null, inputs: [] });
  const input = await openInput(store, ref, place);
  expect(await input.text("data/a.txt")).toBe("raw");
  expect(readFileSync(join(await input.folder(), "data/a.txt"), "utf8")).toBe("raw");
  expect(await store.artifacts.check(ref)).toBeUndefined();
  writeFileSync(join(place.project, "data/a.txt"), "row");
  const parts = { code: "SOURCE_CHANGED", where: expect.stringContaining("data/a.txt") };
  await expect(input.text("data/a.txt")).rejects.toMatchObject({ parts });
  await expect(input.file("data/a.txt")).rejects.toMatchObject({ parts });
});

test("misuse of an output is reported as the stage's own mistake", async () => {
  const store = await temporaryStore();
  const failed = { parts: { code: "STAGE_FAILED" } };
  const output = draftOutput(store, { kind: "documents" }, []);
  expect(output.empty).toBe(true);
  const writer = output.documents();
  await writer.write(documentOf("a", "b"));
  await expect(output.commit({ producer, inputs: [] })).rejects.toMatchObject(failed);
  expect(() => draftOutput(store, { kind: "report" }, []).documents()).toThrow("cannot hold documents");
  const twice = draftOutput(store, { kind: "report" }, []);
  await twice.write("a", "1");
  await twice.write("a", "2");
  await expect(twice.commit({ producer, inputs: [] })).rejects.toMatchObject(failed);
  for (const path of ["../a", "/a", "a//b", "a/./b", "a\\b", ""]) {
    const outside = draftOutput(store, { kind: "report" }, []);
    await outside.write(path, "1");
    await expect(outside.commit({ producer, inputs: [] })).rejects.toMatchObject(failed);
  }
  const input = await openInput(store, await twoDocuments(store), folders());
  await expect(input.text("none")).rejects.toMatchObject(failed);
  expect(() => input.shard("notes.txt")).toThrow("no shard");
});
