import { z } from "zod";
import { defineStage, output, port } from "../../../dsl/index.ts";

const share = z.number().min(0).max(1);

/** Normalise texts, and drop those that no model should read: Gopher's rules, with the paper's thresholds. */
export const clean = defineStage(import.meta, {
  name: "clean",
  summary: "normalise text, drop documents that no model should read",
  inputs: { documents: port("documents", "sealed") },
  outputs: { documents: output("documents", { from: "documents", adds: ["clean"] }) },
  params: z.strictObject({
    /** Remove markup: if a text looks like HTML, always, or never. @default "auto" */
    html: z.enum(["auto", "always", "never"]).default("auto"),
    /** The shortest text, in UTF-16 units after normalising. @default 200 */
    minLength: z.int().nonnegative().default(200),
    /** The longest text, in UTF-16 units after normalising. @default 10,000,000 */
    maxLength: z.int().positive().default(10_000_000),
    /** @default 50 */
    minWords: z.int().nonnegative().default(50),
    /** @default 100,000 */
    maxWords: z.int().positive().default(100_000),
    /** In characters. @default 3 */
    minMeanWordLength: z.number().nonnegative().default(3),
    /** In characters. @default 10 */
    maxMeanWordLength: z.number().positive().default(10),
    /** Of `#`, and of ellipses, per word. @default 0.1 */
    maxSymbolRatio: z.number().nonnegative().default(0.1),
    /** Share of lines that start with a bullet. @default 0.9 */
    maxBulletLines: share.default(0.9),
    /** Share of lines that end in an ellipsis. @default 0.3 */
    maxEllipsisLines: share.default(0.3),
    /** Share of words that must contain a letter. @default 0.8 */
    minAlphabeticWords: share.default(0.8),
    /** Different stop words that must occur. @default 2 */
    minStopWords: z.int().nonnegative().default(2),
    /** Whose stop words; "any" takes the best of them, "none" leaves the rule out. @default "any" */
    language: z.enum(["any", "none", "en", "es", "pt"]).default("any"),
    /** Gopher's repetition rules; `false` leaves them out. */
    repetition: z
      .union([
        z.literal(false),
        z.strictObject({
          duplicateLines: share.default(0.3),
          duplicateParagraphs: share.default(0.3),
          duplicateLineCharacters: share.default(0.2),
          duplicateParagraphCharacters: share.default(0.2),
          /** For the most common 2-gram, 3-gram and 4-gram. */
          topNgrams: z.array(share).max(3).default([0.2, 0.18, 0.16]),
          /** For repeated 5-grams to 10-grams. */
          duplicateNgrams: z.array(share).max(6).default([0.15, 0.14, 0.13, 0.12, 0.11, 0.1]),
        }),
      ])
      .prefault({}),
  }),
  map: "documents",
  resources: { memory: "2 GiB", timeout: "12 hours" },
  run: "./run.ts",
  reduce: true,
});
