import { z } from "zod";
import { CrisolError } from "../../schemas/error.ts";
import type { Json } from "../../schemas/json.ts";

/** What a tokens artifact says of itself. */
export const TokensMeta = z.object({
  vocabulary: z.int().positive(),
  endOfText: z.int().nonnegative(),
  dataType: z.enum(["uint16", "int32"]),
  /** Content digest of the tokenizer. */
  tokenizer: z.string(),
});
export type TokensMeta = z.output<typeof TokensMeta>;

/**
 * Hold that things belong to one tokenizer, given its content digest in the meta of each.
 *
 * @throws CrisolError BAD_DATA
 */
export function sameTokenizer(node: string, things: { readonly [thing: string]: Json | undefined }): void {
  const digests = Object.entries(things).map(([thing, digest]) => ({ thing, digest: typeof digest === "string" ? digest : "none" }));
  if (new Set(digests.map(({ digest }) => digest)).size <= 1) return;
  throw new CrisolError({
    code: "BAD_DATA",
    what: digests.map(({ thing, digest }) => `${thing} are of tokenizer ${digest.slice(0, 12)}`).join(", "),
    where: `stage ${node}`,
    why: "to a model the ids of another tokenizer are other words: every figure would be meaningless",
    fix: "tokenize both with the same tokenizer",
  });
}
