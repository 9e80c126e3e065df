import { z } from "zod";
import { numerics } from "./numerics.ts";

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
  })
  .meta({ title: "Architecture", description: "The shape of a Llama model." });

/** The parameters of the stage `train`. */
export const TrainParams = z
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
    ...numerics,
  })
  .refine(({ batch, microBatch = batch }) => batch % microBatch === 0, {
    path: ["microBatch"],
    error: "microBatch must divide batch",
  })
  .refine(({ steps, warmup = 0 }) => warmup <= steps, { path: ["warmup"], error: "warmup must be at most steps" })
  .refine(({ learningRate, minimumLearningRate = 0 }) => minimumLearningRate <= learningRate, {
    path: ["minimumLearningRate"],
    error: "minimumLearningRate must be at most learningRate",
  });

/** What the trainer's entry `train` is started with: the stage's parameters, and where things are. */
export const TrainConfig = TrainParams.safeExtend({
  /** Folders of token artifacts. */
  tokens: z.string(),
  validation: z.string(),
  /** The folder that the run creates. */
  output: z.string(),
  /** The folder that holds the last two checkpoints. */
  checkpoints: z.string(),
  /** A checkpoint, or a folder of them. */
  resumeFrom: z.exactOptional(z.string()),
  vocabulary: z.int().min(2),
  endOfText: z.int().min(0).default(0),
  /** The most sequences in memory at once, where the kernel has killed a trainer with more. */
  microBatchLimit: z.exactOptional(z.int().min(1)),
})
  .refine(({ vocabulary, endOfText }) => endOfText < vocabulary, {
    path: ["endOfText"],
    error: "endOfText must be an id of the vocabulary",
  })
  .meta({
    title: "TrainConfig",
    description:
      "One training run. `tokens` and `validation` are folders of token artifacts; `output` is created by the run; `checkpoints` holds the last two checkpoints; `resumeFrom` is a checkpoint, or a folder of them.",
  });
