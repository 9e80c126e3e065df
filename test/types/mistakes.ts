/** Mistakes in pipelines, and the messages people get: each is a file in `cases/`. docs/language.md is generated from this table. */

/** A message of tsc's: its line, its code and its text. */
export interface SaidByTsc {
  readonly line: number;
  readonly text: string;
}

/** An issue of compile's, without its place in the file. */
export interface SaidByCompile {
  readonly at: string;
  readonly code: string;
  readonly message: string;
  readonly fix: string;
}

/** A mistake. */
export interface Mistake {
  readonly file: string;
  readonly title: string;
  readonly tsc: readonly SaidByTsc[];
  readonly issues: readonly SaidByCompile[];
  /** How often it is compiled until it shows. @default 1 */
  readonly builds?: number;
}

export const mistakes: readonly Mistake[] = [
  {
    file: "unsealed-into-clean.ts",
    title: "Documents that nobody sealed, into clean",
    tsc: [
      {
        line: 8,
        text: `TS2741: Property '[whatIsWrong]' is missing in type 'Documents<never>' but required in type 'TypeError<"\`documents\` lacks the fact \`sealed\`: pass it through a stage that adds that">'.`,
      },
    ],
    issues: [
      {
        at: "clean › documents",
        code: "missing-fact",
        message: 'expected documents<sealed>, got documents of "ingest"',
        fix: 'pass it through a stage that adds "sealed" first',
      },
    ],
  },
  {
    file: "duplicates-into-split.ts",
    title: "Documents with duplicates, into split",
    tsc: [
      {
        line: 8,
        text: `TS2741: Property '[whatIsWrong]' is missing in type 'Documents<"clean" | "sealed">' but required in type 'TypeError<"\`documents\` lacks the fact \`deduplicated\`: pass it through a stage that adds that">'.`,
      },
    ],
    issues: [
      {
        at: "split › documents",
        code: "missing-fact",
        message: 'expected documents<deduplicated, sealed>, got documents<clean, sealed> of "clean"',
        fix: 'pass it through a stage that adds "deduplicated" first',
      },
    ],
  },
  {
    file: "duplicates-into-train.ts",
    title: "Tokens with duplicates, into train",
    tsc: [
      {
        line: 15,
        text: `TS2741: Property '[whatIsWrong]' is missing in type 'Tokens<"sealed" | "training", "trainTokenizer">' but required in type 'TypeError<"\`tokens\` lacks the fact \`deduplicated\`: pass it through a stage that adds that">'.`,
      },
    ],
    issues: [],
  },
  {
    file: "ungated-into-export.ts",
    title: "A checkpoint that passed no gate, into exportOnnx",
    tsc: [
      {
        line: 9,
        text: `TS2741: Property '[whatIsWrong]' is missing in type 'Checkpoint<never, "trainTokenizer">' but required in type 'TypeError<"\`checkpoint\` lacks the fact \`gated\`: pass it through a stage that adds that">'.`,
      },
    ],
    issues: [
      {
        at: "exportOnnx › checkpoint",
        code: "missing-fact",
        message: 'expected checkpoint<gated>, got checkpoint of "train"',
        fix: 'pass it through a stage that adds "gated" first',
      },
    ],
  },
  {
    file: "validation-into-train.ts",
    title: "The held-out split, into train",
    tsc: [
      {
        line: 10,
        text: `TS2741: Property '[whatIsWrong]' is missing in type 'Tokens<"deduplicated" | "sealed" | "validation", "trainTokenizer">' but required in type 'TypeError<"\`tokens\` lacks the fact \`training\`: pass it through a stage that adds that">'.`,
      },
    ],
    issues: [
      {
        at: "train › tokens",
        code: "missing-fact",
        message: 'expected tokens<deduplicated, sealed, training>, got tokens<deduplicated, sealed, validation> of "tokenizeHeldOut"',
        fix: '"training" comes from the output train of split(): pass what is derived from that',
      },
      {
        at: "tokenize",
        code: "unused-stage",
        message: 'no output needs "tokenize"',
        fix: "return its output, pass it to a stage that is needed, or remove the call",
      },
    ],
  },
  {
    file: "training-into-evaluate.ts",
    title: "The split that trained the model, into evaluate",
    tsc: [
      {
        line: 9,
        text: `TS2741: Property '[whatIsWrong]' is missing in type 'Tokens<"deduplicated" | "sealed" | "training", "trainTokenizer">' but required in type 'TypeError<"\`tokens\` lacks the fact \`validation\`: pass it through a stage that adds that">'.`,
      },
    ],
    issues: [
      {
        at: "evaluate › tokens",
        code: "missing-fact",
        message: 'expected tokens<validation>, got tokens<deduplicated, sealed, training> of "tokenize"',
        fix: '"validation" comes from the output validation of split(): pass what is derived from that',
      },
    ],
  },
  {
    file: "split-of-split.ts",
    title: "What the model was trained on, split again and held out",
    tsc: [],
    issues: [
      {
        at: "again › documents",
        code: "excluded-fact",
        message: 'documents<deduplicated, sealed, training> of "split.train" is already training: split() would put it on both sides',
        fix: "pass an artifact that is not training",
      },
    ],
  },
  {
    file: "other-tokenizer.ts",
    title: "Tokens of another tokenizer than the model's",
    tsc: [
      {
        line: 11,
        text: `TS2741: Property '[whatIsWrong]' is missing in type 'Tokens<"deduplicated" | "sealed" | "validation", "small">' but required in type 'TypeError<"\`tokens\` was made with another tokenizer than \`checkpoint\`">'.`,
      },
    ],
    issues: [
      {
        at: "evaluate › tokens",
        code: "wrong-tokenizer",
        message: '"tokens" was made with the tokenizer of "small", "checkpoint" with that of "trainTokenizer"',
        fix: 'tokenize both with the tokenizer of "trainTokenizer"',
      },
    ],
  },
  {
    file: "wrong-kind.ts",
    title: "Handles in the wrong order",
    tsc: [
      {
        line: 9,
        text: `TS2741: Property '[whatIsWrong]' is missing in type 'Tokenizer<"trainTokenizer">' but required in type 'TypeError<"\`documents\` takes documents, not tokenizer">'.`,
      },
    ],
    issues: [
      {
        at: "tokenize › documents",
        code: "wrong-kind",
        message: 'expected documents<deduplicated, sealed>, got tokenizer of "trainTokenizer"',
        fix: "pass a handle of kind documents",
      },
      {
        at: "tokenize › tokenizer",
        code: "wrong-kind",
        message: 'expected tokenizer, got documents<deduplicated, sealed, training> of "split.train"',
        fix: "pass a handle of kind tokenizer",
      },
      {
        at: "tokenize",
        code: "unused-stage",
        message: 'no output needs "tokenize"',
        fix: "return its output, pass it to a stage that is needed, or remove the call",
      },
      {
        at: "tokenizeHeldOut",
        code: "unused-stage",
        message: 'no output needs "tokenizeHeldOut"',
        fix: "return its output, pass it to a stage that is needed, or remove the call",
      },
    ],
  },
  {
    file: "both-outputs-at-once.ts",
    title: "Both outputs of a stage where one is expected",
    tsc: [
      {
        line: 8,
        text: `TS2741: Property '[whatIsWrong]' is missing in type '{ … }' but required in type 'TypeError<"\`documents\` takes one artifact: pass .train" | "\`documents\` takes one artifact: pass .validation">'.`,
      },
    ],
    issues: [
      {
        at: "trainTokenizer › documents",
        code: "not-a-handle",
        message: "expected documents<sealed, training>, got an object with the handles train, validation",
        fix: "pass one of them: .train, .validation",
      },
    ],
  },
  {
    file: "missing-input.ts",
    title: "An input left out",
    tsc: [{ line: 9, text: "TS2741: Property 'validation' is missing in type '{ … }' but required in type '{ … }'." }],
    issues: [
      {
        at: "train › validation",
        code: "missing-input",
        message: 'the input "validation" (tokens<validation>) is missing',
        fix: "pass the handle of a stage that produces tokens",
      },
      {
        at: "tokenizeHeldOut",
        code: "unused-stage",
        message: 'no output needs "tokenizeHeldOut"',
        fix: "return its output, pass it to a stage that is needed, or remove the call",
      },
    ],
  },
  {
    file: "four-inputs.ts",
    title: "One of four inputs without a fact that it needs",
    tsc: [
      {
        line: 15,
        text: `TS2741: Property '[whatIsWrong]' is missing in type 'Documents<"deduplicated" | "sealed" | "training">' but required in type 'TypeError<"\`documents\` lacks the fact \`clean\`: pass it through a stage that adds that">'.`,
      },
    ],
    issues: [
      {
        at: "compare › documents",
        code: "missing-fact",
        message: 'expected documents<clean>, got documents<deduplicated, sealed, training> of "split.train"',
        fix: 'pass it through a stage that adds "clean" first',
      },
    ],
  },
  {
    file: "no-list.ts",
    title: "One handle where a list is expected",
    tsc: [
      {
        line: 8,
        text: `TS2741: Property '[whatIsWrong]' is missing in type 'Documents<never>' but required in type 'TypeError<"\`parts\` takes a list of documents: write [a, b]">'.`,
      },
    ],
    issues: [
      {
        at: "mix › parts",
        code: "not-a-list",
        message: 'expected a list of documents, got documents of "ingest"',
        fix: "write [a, b]; a list may have one member",
      },
    ],
  },
  {
    file: "list-of-nothing.ts",
    title: "An empty list",
    tsc: [
      {
        line: 7,
        text: `TS2741: Property '[whatIsWrong]' is missing in type 'never[]' but required in type 'TypeError<"\`parts\` is an empty list: pass at least one handle of documents">'.`,
      },
    ],
    issues: [
      { at: "mix › parts", code: "empty-list", message: "the list of documents is empty", fix: "pass at least one handle" },
      { at: "mix › weights", code: "parameter-invalid", message: "too small: expected array to have >=1 items", fix: "give at least 1" },
    ],
  },
  {
    file: "wrong-kind-in-a-list.ts",
    title: "A list with a handle of another kind",
    tsc: [
      {
        line: 9,
        text: `TS2741: Property '[whatIsWrong]' is missing in type '(Documents<"deduplicated" | "sealed" | "training"> | Tokens<"deduplicated" | "sealed" | "training", "trainTokenizer">)[]' but required in type 'TypeError<"\`parts\` takes documents, not tokens">'.`,
      },
    ],
    issues: [
      {
        at: "mix › parts › 1",
        code: "wrong-kind",
        message: 'expected documents, got tokens<deduplicated, sealed, training> of "tokenize"',
        fix: "pass a handle of kind documents",
      },
    ],
  },
  {
    file: "too-few-weights.ts",
    title: "Fewer weights than parts",
    tsc: [
      {
        line: 8,
        text: `TS2322: Type '[number, number]' is not assignable to type 'readonly [number, number, number]'.
  Source has 2 element(s) but target requires 3.`,
      },
    ],
    issues: [
      {
        at: "mix › weights",
        code: "wrong-length",
        message: '"weights" has 2 members, and "parts" has 3 artifacts',
        fix: 'give one member of "weights" for each of "parts", in the same order',
      },
    ],
  },
  {
    file: "held-out-into-mix.ts",
    title: "What is held out, mixed with what is trained on",
    tsc: [],
    issues: [
      {
        at: "mix › parts",
        code: "mixed-facts",
        message:
          'documents<deduplicated, sealed, training> of "split.train" is training, documents<deduplicated, sealed, validation> of "split.validation" is not: together they would be neither',
        fix: "pass only what is training, or only what is not",
      },
      {
        at: "mix › parts",
        code: "mixed-facts",
        message:
          'documents<deduplicated, sealed, validation> of "split.validation" is validation, documents<deduplicated, sealed, training> of "split.train" is not: together they would be neither',
        fix: "pass only what is validation, or only what is not",
      },
    ],
  },
  {
    file: "map-over-a-list.ts",
    title: "A map over a list",
    tsc: [{ line: 8, text: "TS2322: Type 'string' is not assignable to type 'undefined'." }],
    issues: [
      {
        at: "map-over-a-list.ts:4:21",
        code: "PIPELINE_INVALID",
        message: 'stage "each": `map` names "parts", which is a list',
        fix: "map over one artifact: combine those of a list in a stage before, or leave `map` out",
      },
    ],
  },
  {
    file: "kind-declared-twice.ts",
    title: "One kind, declared in two ways",
    tsc: [],
    issues: [
      {
        at: "judge › embeddings",
        code: "kind-clash",
        message: 'the kind "embeddings" is declared in two ways: by what judge imports, and by what embed does',
        fix: "export one `defineKind` from a module, and import it in both; or give one another name",
      },
    ],
  },
  {
    file: "misspelt-parameter.ts",
    title: "A misspelt parameter",
    tsc: [
      {
        line: 8,
        text: "TS2561: Object literal may only specify known properties, but 'minLenght' does not exist in type '{ … }'. Did you mean to write 'minLength'?",
      },
    ],
    issues: [
      {
        at: "clean › minLenght",
        code: "unknown-parameter",
        message: 'there is no parameter "minLenght"',
        fix: 'did you mean "minLength"?',
      },
    ],
  },
  {
    file: "wrong-parameter-type.ts",
    title: "A parameter of the wrong type",
    tsc: [{ line: 8, text: "TS2322: Type 'string' is not assignable to type 'number'." }],
    issues: [
      {
        at: "clean › minLength",
        code: "parameter-invalid",
        message: "invalid input: expected number, received string",
        fix: "give a number",
      },
    ],
  },
  {
    file: "out-of-range.ts",
    title: "A parameter out of its range",
    tsc: [],
    issues: [{ at: "dedup › threshold", code: "parameter-invalid", message: "too big: expected number to be <=1", fix: "give at most 1" }],
  },
  {
    file: "parameter-not-json.ts",
    title: "A parameter that is not JSON",
    tsc: [],
    issues: [
      {
        at: "parameter-not-json › params › since",
        code: "parameter-not-json",
        message: "a Date is not JSON",
        fix: "parameters are kept in plans: use strings, finite numbers, booleans, null, arrays and plain objects",
      },
    ],
  },
  {
    file: "handle-as-parameter.ts",
    title: "A handle as a parameter",
    tsc: [{ line: 8, text: `TS2322: Type 'Documents<"sealed">' is not assignable to type 'string'.` }],
    issues: [
      {
        at: "again › text",
        code: "handle-as-parameter",
        message: 'documents<sealed> of "seal" is not a parameter',
        fix: "handles go to inputs; a parameter is plain JSON",
      },
    ],
  },
  {
    file: "handle-as-text.ts",
    title: "A handle used as a string",
    tsc: [],
    issues: [
      {
        at: "",
        code: "handle-as-text",
        message: 'documents<sealed> of "seal" is a handle: it stands for an artifact that is not made yet, so it has no text',
        fix: "pass the handle itself to a stage; what is in the artifact can be seen after a run (`crisol artifacts show`)",
      },
    ],
  },
  {
    file: "handle-of-another-build.ts",
    title: "A handle kept from another build",
    tsc: [],
    issues: [
      {
        at: "clean › documents",
        code: "foreign-handle",
        message: 'documents<sealed> of "seal" belongs to another build',
        fix: "create it inside this pipeline's build; a handle cannot be kept between builds",
      },
    ],
    builds: 2,
  },
  {
    file: "outside-build.ts",
    title: "A stage called outside build",
    tsc: [],
    issues: [
      {
        at: "prepared.ts:7:10",
        code: "PIPELINE_INVALID",
        message: "ingest() was called outside a pipeline's build",
        fix: "call stages only inside `build` of definePipeline, or in a function that build calls, and not after an `await`",
      },
    ],
  },
  {
    file: "same-stage-twice.ts",
    title: "The same stage twice without a name",
    tsc: [],
    issues: [
      {
        at: "clean",
        code: "duplicate-name",
        message: 'two nodes are named "clean" (the first at same-stage-twice.ts:9:21)',
        fix: 'name this one: clean(..., { as: "clean2" })',
      },
    ],
  },
  {
    file: "unused-stage.ts",
    title: "A stage that no output needs",
    tsc: [],
    issues: [
      {
        at: "clean",
        code: "unused-stage",
        message: 'no output needs "clean"',
        fix: "return its output, pass it to a stage that is needed, or remove the call",
      },
    ],
  },
  {
    file: "output-of-nothing.ts",
    title: "An output that no stage produces",
    tsc: [{ line: 8, text: "TS2339: Property 'test' does not exist on type '{ … }'." }],
    issues: [
      {
        at: "output-of-nothing › outputs › test",
        code: "not-a-handle",
        message: 'no stage produces the output "test"',
        fix: "return what a stage returned",
      },
    ],
  },
  {
    file: "duplicate-output.ts",
    title: "Two outputs with one name",
    tsc: [{ line: 9, text: "TS1117: An object literal cannot have multiple properties with the same name." }],
    issues: [
      {
        at: "clean",
        code: "unused-stage",
        message: 'no output needs "clean"',
        fix: "return its output, pass it to a stage that is needed, or remove the call",
      },
    ],
  },
  {
    file: "no-outputs.ts",
    title: "A pipeline without outputs",
    tsc: [],
    issues: [
      {
        at: "no-outputs › outputs",
        code: "no-outputs",
        message: "the pipeline has no outputs",
        fix: "return the handles of what you want: return { model }",
      },
    ],
  },
  {
    file: "forgotten-return.ts",
    title: "A build that returns nothing",
    tsc: [
      {
        line: 7,
        text: `TS2322: Type '() => void' is not assignable to type '(params: Record<string, never>) => PipelineOutputs'.
  Type 'void' is not assignable to type 'PipelineOutputs'.`,
      },
    ],
    issues: [
      {
        at: "forgotten-return › outputs",
        code: "no-outputs",
        message: "the pipeline has no outputs",
        fix: "return the handles of what you want: return { model }",
      },
    ],
  },
  {
    file: "async-build.ts",
    title: "An asynchronous build",
    tsc: [
      {
        line: 7,
        text: `TS2322: Type '() => Promise<{ documents: Documents<"sealed">; }>' is not assignable to type '(params: Record<string, never>) => PipelineOutputs'.
  Type 'Promise<{ documents: Documents<"sealed">; }>' is not assignable to type 'PipelineOutputs'.
    Index signature for type 'string' is missing in type 'Promise<{ documents: Documents<"sealed">; }>'.`,
      },
    ],
    issues: [
      {
        at: "async-build › build",
        code: "async-build",
        message: "build is asynchronous",
        fix: "remove `async` and `await`: build only says what is to be done; work belongs in a stage",
      },
    ],
  },
  {
    file: "unknown-option.ts",
    title: "An unknown option",
    tsc: [
      {
        line: 7,
        text: "TS2353: Object literal may only specify known properties, and 'retries' does not exist in type 'PipelineDefinition<ZodObject<Record<never, never>, $strip>>'.",
      },
    ],
    issues: [
      {
        at: "unknown-option › retries",
        code: "unknown-option",
        message: 'definePipeline has no option "retries"',
        fix: "options: name, params, build",
      },
    ],
  },
  {
    file: "report-in-parts.ts",
    title: "A report in parts, and nothing that combines them",
    tsc: [
      {
        line: 5,
        text: `TS2345: Argument of type '{ … }' is not assignable to parameter of type 'StageDefinition<"counted", { readonly documents: Port<"documents", never, never, "one", never>; }, { readonly report: Output<"report", never, never, never, false>; }, NoParams, undefined, "documents"> & NeedsReduce'.
  Property 'reduce' is missing in type '{ … }' but required in type 'NeedsReduce'.`,
      },
    ],
    issues: [
      {
        at: "report-in-parts.ts:5:24",
        code: "PIPELINE_INVALID",
        message: 'stage "counted": each shard writes a part of "report", and only parts of documents and tokens are joined automatically',
        fix: "write `reduce(context, parts, params)`, which combines them into one",
      },
    ],
  },
  {
    file: "map-over-a-tokenizer.ts",
    title: "A stage that maps over an input without shards",
    tsc: [{ line: 8, text: `TS2322: Type '"tokenizer"' is not assignable to type '"documents"'.` }],
    issues: [
      {
        at: "map-over-a-tokenizer.ts:4:22",
        code: "PIPELINE_INVALID",
        message: 'stage "mixed": `map` names "tokenizer", which is a tokenizer and has no shards',
        fix: 'name "documents"',
      },
    ],
  },
];
