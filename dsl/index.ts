/** What `import ... from "crisol"` provides: the language that pipelines and stages are written in. */
export { z } from "zod";
export type { Document } from "../schemas/document.ts";
export { CrisolError } from "../schemas/error.ts";
export { mergeReports } from "../stage-code/merge-reports.ts";
export { Tally } from "../stage-code/tally.ts";
export { command } from "./command.ts";
export type { DocumentWriter, InputArtifact, OutputArtifact, Part, StageContext, StageOutcome } from "./context.ts";
export { files } from "./files.ts";
export { defineFilter } from "./filter.ts";
export type { Artifact, Checkpoint, Documents, Files, Model, Report, Tokenizer, Tokens } from "./handle.ts";
export type { Kind } from "./kind.ts";
export { defineKind } from "./kind.ts";
export type { Pipeline } from "./pipeline.ts";
export { definePipeline } from "./pipeline.ts";
export { output, port } from "./port.ts";
export { Secret, secret } from "./secret.ts";
export type { Params, Reduce, Run, Stage } from "./stage.ts";
export { defineStage } from "./stage.ts";
