import { Tokenizer } from "@huggingface/tokenizers";
import { z } from "zod";

/** The part of tokenizer.json that is read here; the tokenizer itself reads the rest. */
const TokenizerJson = z.looseObject({
  added_tokens: z.array(z.looseObject({ id: z.int(), content: z.string(), special: z.boolean() })),
  model: z.looseObject({ vocab: z.record(z.string(), z.int()) }),
});

/** Turns text into ids, and ids into the bytes they stand for. */
export interface TextCodec {
  /** Special tokens in the text are treated as plain text, as in training. */
  encode(text: string): number[];
  /** Empty for special tokens. */
  bytes(id: number): Uint8Array;
}

/** The codec of a byte-level tokenizer, from the values of its two files. */
export function textCodec(tokenizerJson: unknown, tokenizerConfig: object): TextCodec {
  const json = TokenizerJson.parse(tokenizerJson);
  const special = new Set(json.added_tokens.filter((token) => token.special).map((token) => token.id));
  const tokenizer = new Tokenizer({ ...json, added_tokens: json.added_tokens.filter((token) => !token.special) }, tokenizerConfig);
  const byteOf = bytesOfCharacters();
  const table = new Map(
    Object.entries(json.model.vocab).map(([token, id]) => [
      id,
      special.has(id) ? new Uint8Array() : Uint8Array.from(token, (character) => byteOf.get(character) ?? 0),
    ]),
  );
  return {
    encode: (text) => (text === "" ? [] : tokenizer.encode(text, { add_special_tokens: false }).ids),
    bytes: (id) => table.get(id) ?? new Uint8Array(),
  };
}

/** The bytes that the characters of byte-level tokens stand for. @see https://github.com/openai/gpt-2/blob/master/src/encoder.py */
function bytesOfCharacters(): Map<string, number> {
  const printable = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  const bytes = new Map<string, number>();
  let next = 256;
  for (let byte = 0; byte < 256; byte += 1) {
    bytes.set(String.fromCharCode(printable(byte) ? byte : next), byte);
    if (!printable(byte)) next += 1;
  }
  return bytes;
}
