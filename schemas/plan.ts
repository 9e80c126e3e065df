import { z } from "zod";
import { ArtifactRef } from "./artifact.ts";
import { Digest } from "./digest.ts";
import { JsonObject } from "./json.ts";
import { KindDeclaration, KindName } from "./kinds.ts";

/** Where an input comes from: an output of another node, or a source (files of the user's). */
export const PlanInput = z.object({
  port: z.string(),
  from: z.union([z.object({ node: z.string(), output: z.string() }), z.object({ source: z.string() })]),
  /** It is one of a list: the inputs of its port, in the order in which they are here. */
  many: z.literal(true).exactOptional(),
});
export type PlanInput = z.output<typeof PlanInput>;

/** An output of a node: its kind, the facts it adds, and the port whose artifact's facts it keeps. */
export const PlanOutput = z.object({
  kind: KindName,
  /** Of a kind that the user declared. */
  declaration: KindDeclaration.exactOptional(),
  adds: z.array(z.string()),
  from: z.string().exactOptional(),
});
export type PlanOutput = z.output<typeof PlanOutput>;

/** What an attempt of a node needs, and how long it may take. They are in no key: they don't affect the result. */
export const ResourcesObject = z.object({
  /** Slots of a worker. */
  cpus: z.int().positive(),
  /** JavaScript heap of the host, at most, in MiB. */
  memory: z.int().positive(),
  /** A stage that needs any runs on the GPU queue. */
  gpus: z.int().nonnegative(),
  /** Of each GPU, in MiB. */
  gpuMemory: z.int().positive().exactOptional(),
  /** In the scratch folder, in MiB. */
  disk: z.int().positive().exactOptional(),
  /** Longest an attempt may take, in seconds. */
  timeout: z.int().positive(),
  /** Attempts, the first included, for errors that a retry can fix. */
  attempts: z.int().positive(),
});

/** The same, read from a plan of any version. */
export const Resources = z.preprocess(withoutQueue, ResourcesObject);
export type Resources = z.output<typeof Resources>;

/** What a worker has for stages. */
export type Offer = Pick<Resources, "cpus" | "gpus">;

/** Plans of version 0.1.0 named the queue, in place of what decides it. */
function withoutQueue(resources: unknown): unknown {
  if (typeof resources !== "object" || resources === null || !("queue" in resources)) return resources;
  const { queue, ...others } = resources;
  return { cpus: 1, gpus: queue === "gpu" ? 1 : 0, ...others };
}

/** How a stage maps over its input shard by shard. */
export const PlanMap = z.object({
  /** The input. */
  port: z.string(),
  /** Whether its code also exports `reduce`. */
  reduce: z.boolean(),
  /** The parameter that sets the size of a shard of files, in bytes. */
  bytes: z.string().exactOptional(),
});
export type PlanMap = z.output<typeof PlanMap>;

/** One node of a plan, with everything that affects its result. */
export const PlanNode = z.object({
  /** Unique in the plan: the stage's name, or the name given by `as`. */
  name: z.string(),
  /** The stage's name: the activity type. */
  stage: z.string(),
  inputs: z.array(PlanInput),
  outputs: z.record(z.string(), PlanOutput),
  params: JsonObject,
  /** The code package: what a host loads. */
  code: Digest,
  /** What that code means: it enters the key. Absent in plans from before the two were distinguished: there `code` enters the key. */
  work: Digest.exactOptional(),
  /** Declared runtime facts, name to digest or version ("trainer/train" to the digest of what that entry runs). */
  runtime: z.record(z.string(), z.string()),
  resources: Resources,
  /** Set when its code runs once for each shard of an input, with a key and a record for each. */
  map: PlanMap.exactOptional(),
});
export type PlanNode = z.output<typeof PlanNode>;

/** Raised when plans are written that workers of before cannot read: 2 has resources without a queue, and lists of inputs. */
export const PLAN_FORM = 2;

/** A pipeline with its parameters bound: plain JSON, named by a digest, without functions. */
export const Plan = z.object({
  version: z.literal(1),
  pipeline: z.string(),
  params: JsonObject,
  /** By name: the pattern the user wrote, and the files it matched. */
  sources: z.record(z.string(), z.object({ pattern: z.array(z.string()), artifact: ArtifactRef })),
  /** In topological order. */
  nodes: z.array(PlanNode),
  outputs: z.record(z.string(), z.object({ node: z.string(), output: z.string() })),
});
export type Plan = z.output<typeof Plan>;
