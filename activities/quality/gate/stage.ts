import { z } from "zod";
import { defineStage, output, port } from "../../../dsl/index.ts";

const below = z.strictObject({ below: z.number().positive() });

/** Let a checkpoint pass if its report meets a condition; a rejected one ends the run and reports the figures. */
export const gate = defineStage(import.meta, {
  name: "gate",
  summary: "let a checkpoint pass if its report meets a condition",
  inputs: { checkpoint: port("checkpoint"), report: port("report") },
  outputs: { checkpoint: output("checkpoint", { from: "checkpoint", adds: ["gated"] }) },
  positional: ["checkpoint", "report"],
  params: z
    .strictObject({
      /** `certain`: the interval's upper end must be below, not only the figure. */
      bitsPerByte: z.exactOptional(below.extend({ certain: z.boolean().default(false) })),
      perplexity: z.exactOptional(below),
      /** Nats per token. */
      loss: z.exactOptional(below),
      /** Bits per byte must be below those of token frequencies alone, with the whole interval. */
      betterThanUnigram: z.exactOptional(z.literal(true)),
      /** A report on fewer documents proves too little. */
      documents: z.exactOptional(z.strictObject({ atLeast: z.int().positive() })),
      /** A report on fewer tokens proves too little. */
      tokens: z.exactOptional(z.strictObject({ atLeast: z.int().positive() })),
    })
    .refine((condition) => Object.keys(condition).length > 0, "a gate needs a condition, as { bitsPerByte: { below: 2.5 } }"),
  resources: { memory: "512 MiB", timeout: "1 hour" },
  run: "./run.ts",
});
