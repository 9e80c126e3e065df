import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run as runTrainTokenizer } from "../activities/model/train-tokenizer/run.ts";
import { trainTokenizer } from "../activities/model/train-tokenizer/stage.ts";
import { trainerFolder, trainerPython } from "../system/processes/python-environment.ts";
import { bilingualDocuments, document, made } from "../test/fixtures/exported-model.ts";
import { StageHarness } from "../test/stage-harness.ts";
import { type TextCodec, textCodec } from "./text-codec.ts";

/** The texts that the Python tests encode too. */
const texts: string[] = JSON.parse(readFileSync(join(trainerFolder, "tests", "adversarial_texts.json"), "utf8"));

const ENCODE = `
import json, sys
from tokenizers import Tokenizer
tokenizer = Tokenizer.from_file(sys.argv[1])
tokenizer.encode_special_tokens = True
print(json.dumps([tokenizer.encode(text).ids for text in json.load(sys.stdin)]))
`;

let harness: StageHarness;
beforeAll(async () => {
  harness = await StageHarness.open();
});
afterAll(() => harness.close());

describe.each(["llama3", "gpt2"])("pattern %s", (pattern) => {
  let codec: TextCodec;
  let file: string;
  beforeAll(async () => {
    const documents = await harness.documents([...bilingualDocuments(10), ...texts.map((text, index) => document(text, index))]);
    const result = await harness.run(trainTokenizer, runTrainTokenizer, { inputs: { documents }, params: { vocabulary: 700, pattern } });
    const tokenizer = await harness.input(made(result, "tokenizer"));
    file = await tokenizer.file("tokenizer.json");
    codec = textCodec(JSON.parse(await tokenizer.text("tokenizer.json")), JSON.parse(await tokenizer.text("tokenizer_config.json")));
  });

  test("gives the ids that Hugging Face gives in Python", () => {
    const ids = JSON.parse(execFileSync(trainerPython(), ["-c", ENCODE, file], { input: JSON.stringify(texts), encoding: "utf8" }));
    for (const [index, text] of texts.entries()) expect(codec.encode(text), JSON.stringify(text.slice(0, 80))).toEqual(ids[index]);
  });

  test.each(["¿Qué señor? El ñandú y el pingüino, ¡25 años!", "n\u0303 e\u0301", "<|endoftext|> 😀", ""])(
    "%j survives a round trip",
    (text) => {
      const ids = codec.encode(text);
      expect(ids).not.toContain(0);
      expect(Buffer.concat(ids.map((id) => codec.bytes(id))).toString()).toBe(text);
    },
  );

  test("every byte is a token, and the special token has no bytes", () => {
    expect(codec.bytes(0)).toHaveLength(0);
    const bytes = Array.from({ length: 256 }, (_, index) => [...codec.bytes(index + 1)]);
    expect(bytes.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 256 }, (_, byte) => byte));
    expect(codec.bytes(99_999)).toHaveLength(0);
  });
});
