import { z } from "zod";
import { defineStage, output, port } from "../../../dsl/index.ts";

/** The shape of a Llama model. */
const Architecture = z
  .strictObject({
    layers: z.int().min(1).max(1000),
    /** Width of the residual stream; an even multiple of `heads`. */
    width: z.int().min(2).max(65_536),
    heads: z.int().min(1).max(1024),
    /** Number of key and value heads; a divisor of `heads`. @default as many as `heads` */
    keyValueHeads: z.exactOptional(z.int().min(1).max(1024)),
    /** Inner width of the feed-forward blocks. @default 8/3 of the width, up to a multiple of 64 */
    feedForward: z.exactOptional(z.int().min(1).max(1_048_576)),
    /** Tokens that the model sees at once. @default 256 */
    context: z.int().min(2).max(1_048_576).default(256),
    /** Dropout of attention: the only one that Transformers' Llama has. @default 0 */
    dropout: z.number().min(0).lt(1).default(0),
    /** Standard deviation of new weights. @default 0.02 */
    initializerRange: z.number().positive().max(1).default(0.02),
    /** Whether the head shares the matrix of the embedding. @default true */
    tieEmbeddings: z.boolean().default(true),
    /** Base of the rotary positions. @default 10,000 */
    ropeTheta: z.number().positive().default(10_000),
  })
  .refine(({ width, heads }) => width % (2 * heads) === 0, {
    path: ["width"],
    error: "width must be an even multiple of heads: rotary positions pair up the numbers of a head",
  })
  .refine(({ heads, keyValueHeads = heads }) => heads % keyValueHeads === 0, {
    path: ["keyValueHeads"],
    error: "keyValueHeads must divide heads",
  });

/**
 * Train a language model from its first weights.
 *
 * Interrupted at any moment, it continues from its last checkpoint and ends with the bytes of an uninterrupted run.
 */
export const train = defineStage(import.meta, {
  name: "train",
  summary: "train a language model",
  inputs: {
    tokens: port("tokens", "sealed", "deduplicated", "training"),
    validation: port("tokens", "validation", { tokenizer: "tokens" }),
  },
  outputs: { checkpoint: output("checkpoint", { tokenizer: "tokens" }) },
  params: z
    .strictObject({
      architecture: Architecture,
      /** Optimizer steps. */
      steps: z.int().min(1).max(100_000_000),
      /** Sequences of `context` tokens per step. @default 6 */
      batch: z.int().min(1).max(65_536).default(6),
      /** Sequences in memory at once; a divisor of `batch`. Halved when memory runs out. @default all of the batch */
      microBatch: z.exactOptional(z.int().min(1)),
      /** The peak learning rate. @default 0.001 */
      learningRate: z.number().positive().max(1).default(1e-3),
      /** The learning rate at the last step. @default a tenth of the peak */
      minimumLearningRate: z.exactOptional(z.number().min(0).max(1)),
      /** Steps until the peak. @default a tenth of all, at most 2,000 */
      warmup: z.exactOptional(z.int().min(0)),
      /** The weight decay of matrices. @default 0.1 */
      weightDecay: z.number().min(0).max(10).default(0.1),
      beta1: z.number().min(0).lt(1).default(0.9),
      beta2: z.number().min(0).lt(1).default(0.95),
      /** The largest norm of the gradients. @default 1 */
      clip: z.number().positive().default(1),
      /** The seed of weights, order and dropout. @default 1 */
      seed: z.int().min(0).default(1),
      /** Steps between evaluations on the validation tokens. @default 50 */
      evaluateEvery: z.int().min(1).default(50),
      /** Batches per evaluation, always the same ones. @default 8 */
      evaluationBatches: z.int().min(1).default(8),
      /** Stop after this many evaluations without improvement, and keep the best weights. @default never: the last weights are kept */
      patience: z.exactOptional(z.int().min(1)),
      /** Save the state every this many steps, too. */
      checkpointEverySteps: z.exactOptional(z.int().min(1)),
      /** Save the state every this many seconds, or less often if that would take over 5 % of the time. It never changes a result. @default 30 */
      checkpointEverySeconds: z.number().min(0.1).max(86_400).default(30),
      /** The precision of matrix products; `auto`: bf16 on a GPU, fp32 on a CPU. @default "auto" */
      precision: z.enum(["auto", "fp32", "bf16"]).default("auto"),
      /** `auto`: a CUDA device if there is one. @default "auto" */
      device: z.enum(["auto", "cpu", "cuda"]).default("auto"),
      /** CPU threads. Sums are grouped by thread, so their number affects the result and is never the machine's. @default 2 */
      threads: z.int().min(1).max(1024).default(2),
    })
    .refine(({ batch, microBatch = batch }) => batch % microBatch === 0, {
      path: ["microBatch"],
      error: "microBatch must divide batch",
    })
    .refine(({ steps, warmup = 0 }) => warmup <= steps, { path: ["warmup"], error: "warmup must be at most steps" })
    .refine(({ learningRate, minimumLearningRate = 0 }) => minimumLearningRate <= learningRate, {
      path: ["minimumLearningRate"],
      error: "minimumLearningRate must be at most learningRate",
    }),
  resources: { memory: "1 GiB", timeout: "720 hours", attempts: 5 },
  runtime: ["trainer/train"],
  run: "./run.ts",
});
