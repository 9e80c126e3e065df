/** A pipeline from raw text to a gated checkpoint, small enough for a test and long enough to be killed while it runs. */
export const trainingPipeline = `
import { definePipeline, files, z } from "crisol";
import { clean, dedup, evaluate, gate, ingest, seal, split, tokenize, train, trainTokenizer } from "crisol/stages";

export default definePipeline({
  name: "informes",
  params: z.object({ steps: z.int().positive().default(400), bitsPerByte: z.number().default(8) }),
  build({ steps, bitsPerByte }) {
    const raw = ingest({ from: files("data/*.jsonl"), text: "text", meta: ["número"] });
    const documents = dedup(clean(seal(raw), { minLength: 50, language: "any" }), { threshold: 0.9 });
    const { train: training, validation } = split(documents, { validation: 0.2 });
    const tokenizer = trainTokenizer(training, { vocabulary: 400 });
    const tokens = tokenize(training, tokenizer);
    const heldOut = tokenize(validation, tokenizer, { as: "tokenizeHeldOut" });
    const checkpoint = train({
      tokens,
      validation: heldOut,
      architecture: { layers: 2, width: 32, heads: 2, context: 64 },
      steps,
      batch: 4,
      threads: 1,
      checkpointEverySteps: 25,
    });
    const report = evaluate({ checkpoint, tokens: heldOut });
    return { checkpoint: gate(checkpoint, report, { bitsPerByte: { below: bitsPerByte } }), report };
  },
});
`;
