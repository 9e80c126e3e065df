import { z } from "zod";
import { defineStage, output, port } from "../../../dsl/index.ts";
import { languages } from "./languages.ts";

const code = z.enum(languages, { error: ({ input }) => `${JSON.stringify(input)} is not a language that can be detected` });

/** Tag documents with their language (`meta.language`), and keep those in the languages that are asked for. */
export const language = defineStage(import.meta, {
  name: "language",
  summary: "keep documents in the languages that are asked for",
  inputs: { documents: port("documents", "sealed") },
  outputs: { documents: output("documents", { from: "documents" }) },
  params: z.strictObject({
    /** ISO 639-1 codes, and "und" for texts whose language is undetermined. Neither order nor repetition matters. */
    keep: z
      .array(code)
      .min(1)
      .overwrite((codes) => [...new Set(codes)].sort()),
  }),
  map: "documents",
  resources: { memory: "1 GiB", timeout: "6 hours" },
  run: "./run.ts",
  reduce: true,
});
