import { z } from "zod";
import { CrisolError } from "../schemas/error.ts";
import { xoshiro128 } from "../system/random.ts";
import { type Decoder, openDecoder } from "./decoder.ts";
import { type ModelFolder, Precision, readModelFolder } from "./model-folder.ts";
import { sample } from "./sampler.ts";

/** What to generate, and how. */
export const GenerateOptions = z.strictObject({
  /** The text to continue; empty: the beginning of a document. */
  prompt: z.string().default(""),
  /** Tokens to generate at most. */
  maxTokens: z.int().positive().default(100),
  /** The same seed gives the same text. */
  seed: z.int().nonnegative().default(0),
  temperature: z.number().nonnegative().default(0.8),
  topK: z.int().nonnegative().default(0),
  topP: z.number().gt(0).max(1).default(1),
  repetitionPenalty: z.number().positive().default(1),
  precision: Precision.default("int8"),
});
export type GenerateOptions = z.input<typeof GenerateOptions>;

/**
 * Continue a prompt with a model, in pieces of whole characters as they come, without the prompt itself.
 *
 * It ends at the end of a document, after `maxTokens`, or where the model's context is full.
 *
 * @throws CrisolError COMMAND_INVALID for options out of range, and a prompt that fills the context; NOT_FOUND, ARTIFACT_DAMAGED.
 */
export async function* generateText(modelFolder: string, options: GenerateOptions = {}): AsyncGenerator<string> {
  const parsed = GenerateOptions.safeParse(options);
  if (!parsed.success) throw wrongOptions(parsed.error);
  const { prompt, maxTokens, seed, precision, ...sampling } = parsed.data;
  const model = await readModelFolder(modelFolder, precision);
  const text = [model.endOfText, ...model.codec.encode(prompt)];
  if (text.length >= model.context) throw promptTooLong(model.context, text.length - 1);

  const random = xoshiro128(seed);
  const decoder = await openDecoder(model);
  try {
    yield* wholeCharacters(tokens(decoder, model, { text, maxTokens, next: (logits) => sample(logits, text, sampling, random) }));
  } finally {
    await decoder.close();
  }
}

interface Writing {
  /** The text so far; tokens are added as they come. */
  readonly text: number[];
  readonly maxTokens: number;
  readonly next: (logits: Float32Array) => number;
}

async function* tokens(decoder: Decoder, model: ModelFolder, { text, maxTokens, next }: Writing): AsyncGenerator<Uint8Array> {
  let logits = await decoder.read(text);
  for (let written = 1; ; written += 1) {
    const id = next(logits);
    if (id === model.endOfText) return;
    text.push(id);
    yield model.codec.bytes(id);
    if (written === maxTokens || text.length >= model.context) return;
    logits = await decoder.read([id]);
  }
}

/** The text of bytes in pieces, none of which ends within a character; an incomplete last character is left out. */
export async function* wholeCharacters(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  for await (const bytes of pieces) {
    const text = decoder.decode(bytes, { stream: true });
    if (text !== "") yield text;
  }
}

function wrongOptions(error: z.ZodError): CrisolError {
  return new CrisolError(
    {
      code: "COMMAND_INVALID",
      what: error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; "),
      where: "the options of the generation",
      why: "text can't be sampled with such options",
      fix: "leave the option out for its default, or give a value in its range",
    },
    { cause: error },
  );
}

function promptTooLong(context: number, tokens: number): CrisolError {
  return new CrisolError({
    code: "COMMAND_INVALID",
    what: `the prompt has ${tokens} tokens, but the model's context is ${context}, including the token that starts a document`,
    where: "the prompt",
    why: "there is no room left to generate a single token",
    fix: `shorten the prompt to at most ${context - 2} tokens, or train with a longer context (\`architecture: { context }\`)`,
  });
}
