import { z } from "zod";
import type { AnyHandle } from "./handle.ts";

/** What `build` returns: the artifacts that the pipeline is for, by name. */
export type PipelineOutputs = { readonly [name: string]: AnyHandle };

/** What `definePipeline` takes. */
export interface PipelineDefinition<P extends z.ZodObject> {
  /** Names its runs; letters, digits and hyphens. */
  readonly name: string;
  /** What `--set` can bind. @default no parameters */
  readonly params?: P;
  /** Call stages and return the handles of what you want. Runs once, synchronously, before anything else does. */
  build(params: z.output<P>): PipelineOutputs;
}

/** A pipeline: a typed function from parameters to handles. */
export interface Pipeline {
  readonly name: string;
  /** Unknown options that it was declared with, for users who don't run tsc. */
  readonly unknownOptions: readonly string[];
  readonly params: z.ZodObject;
  build(params: Record<string, unknown>): unknown;
}

const pipelines = new WeakSet<object>();

/** Declare a pipeline: the default export of its file. */
export function definePipeline<P extends z.ZodObject = z.ZodObject<Record<never, never>>>(definition: PipelineDefinition<P>): Pipeline {
  const pipeline: Pipeline = Object.freeze({
    name: definition.name,
    unknownOptions: Object.keys(definition).filter((option) => !["name", "params", "build"].includes(option)),
    params: (definition.params ?? z.object({})).strict(),
    build: (params: z.output<P>) => definition.build(params),
  });
  pipelines.add(pipeline);
  return pipeline;
}

/** Whether a value was created by `definePipeline`. */
export function isPipeline(value: unknown): value is Pipeline {
  return typeof value === "object" && value !== null && pipelines.has(value);
}
