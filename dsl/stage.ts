/** Stages: named units of work, as typed functions from handles to handles. */
import { z } from "zod";
import type { BuiltInKind, KindsThat } from "../schemas/kinds.ts";
import type { Resources } from "../schemas/plan.ts";
import type { Call, OnlyMember, StageTypes } from "./call.ts";
import { type Command, isCommand } from "./command.ts";
import type { Part, StageContext, StageOutcome } from "./context.ts";
import { checkReduce, checkShardBytes, checkStage, refuseStage } from "./graph/check-stage.ts";
import { commandPorts } from "./graph/command-ports.ts";
import type { StageCode, StageSpec } from "./graph/graph.ts";
import { useStage } from "./graph/use-stage.ts";
import type { AnyPort, Output, Takes } from "./port.ts";
import { type DurationText, type MemoryText, parseDuration, parseMemory } from "./units.ts";

/** What stages may use, unless they say otherwise: one CPU, no GPU, 2 GiB of heap, 6 hours, three attempts. */
const defaultResources = { cpus: 1, gpus: 0, memory: "2 GiB", timeout: "6 hours", attempts: 3 } as const satisfies ResourceTexts;

/** What an attempt of a stage needs. It affects no key: the result is the same with more or less of it. */
export interface ResourceTexts {
  /** As many slots of a worker as it takes while it runs. @default 1 */
  readonly cpus?: number;
  /** JavaScript heap of the process that runs it, at most. @default "2 GiB" */
  readonly memory?: MemoryText;
  /** A stage that needs any runs on the GPU queue, and takes as many of a worker's GPUs. @default 0 */
  readonly gpus?: number;
  /** Memory of each of these, for people and for what places workers. @default nothing is said */
  readonly gpuMemory?: MemoryText;
  /** Room for its scratch folder. An attempt does not begin with less. @default nothing is asked */
  readonly disk?: MemoryText;
  /** The longest an attempt may take. @default "6 hours" */
  readonly timeout?: DurationText;
  /** Attempts, the first included, for errors that a retry can fix. @default 3 */
  readonly attempts?: number;
}

/** What a stage runs: it reads its inputs and writes its outputs through the context, and returns its report. */
export type RunStage<In extends string, Out extends string, Params, Many extends string = never, Optional extends string = never> = (
  context: StageContext<In, Out, Many, Optional>,
  params: Params,
) => Promise<StageOutcome>;

/** Combines what a mapped stage produced from its shards: `parts` in the order of the shards. */
export type ReduceStage<In extends string, Out extends string, Params, Many extends string = never, Optional extends string = never> = (
  context: StageContext<In, Out, Many, Optional>,
  parts: readonly Part<Out>[],
  params: Params,
) => Promise<StageOutcome>;

/** The schema of a stage without parameters. */
export type NoParams = z.ZodObject<Record<never, never>>;

type Inputs = { readonly [name: string]: AnyPort };
type OutputsFor<I> = { readonly [name: string]: Output<string, string, keyof I & string, keyof I & string> };
type Named<T> = keyof T & string;

/** The inputs that take a number of artifacts. */
type Taking<I, M extends Takes> = {
  [P in Named<I>]: I[P] extends { readonly takes?: infer T } ? ([M] extends [NonNullable<T>] ? P : never) : never;
}[Named<I>];

/** The inputs that can be mapped over; of kinds that users declare, `defineStage` asks their declarations. */
type Mappable<I extends Inputs> = {
  [P in Named<I>]: P extends Taking<I, "many"> | Taking<I, "optional">
    ? never
    : I[P]["kind"] extends Exclude<BuiltInKind, KindsThat<"maps">>
      ? never
      : P;
}[Named<I>];

/** The parameters that are numbers; never for a schema that names no parameters. */
type Amounts<P extends z.ZodObject> = Named<{
  [N in keyof z.output<P> as string extends N ? never : z.output<P>[N] extends number ? N : never]: unknown;
}>;

/** What a mapped stage must add if it has outputs of a kind whose parts can't be joined automatically. */
export interface NeedsReduce {
  readonly reduce: true | object;
}

type WithReduce<O extends { readonly [name: string]: Output }, M> = [M] extends [undefined]
  ? unknown
  : Extract<O[keyof O]["kind"], Exclude<BuiltInKind, KindsThat<"joins">>> extends never
    ? unknown
    : NeedsReduce;

/** What `defineStage` takes. */
export interface StageDefinition<N extends string, I, O, P extends z.ZodObject, Order, M> {
  /** What people call it; the activity type. A verb, in camelCase. */
  readonly name: N;
  /** One line: what the stage does. */
  readonly summary?: string;
  readonly inputs: I;
  readonly outputs: O;
  /** Strict: a parameter that the schema does not name is an error. @default no parameters */
  readonly params?: P;
  /** The inputs in the order of the arguments; `false`: everything in one object. @default a single input first; several in one object */
  readonly positional?: Order;
  readonly resources?: ResourceTexts;
  /** Runtime facts that affect its result and so belong to its key: "node", "trainer/train" (an entry of the trainer), "trainer" (all of it). */
  readonly runtime?: readonly string[];
  /** The module that exports `run`, relative to this one; or the function itself; or a command. */
  readonly run:
    | `./${string}`
    | `../${string}`
    | RunStage<Named<I>, Named<O>, z.output<P>, Taking<I, "many">, Taking<I, "optional">>
    | Command;
  /**
   * The input that it processes shard by shard: `run` is called once for each, sees only that shard as this input (and the others whole), and
   * writes its part of every output. It must not depend on which shard it is. @default every input is whole, and `run` is called once
   */
  readonly map?: M;
  /** For a stage that maps over files: the parameter that sets roughly how many bytes of neighbouring files form a shard. @default 64 MiB */
  readonly shardBytes?: Amounts<P>;
  /**
   * For a mapped stage: called once when every shard is done, to combine their parts. Outputs whose kind joins (documents, tokens)
   * already hold their parts. `true`: the module of `run` exports it; else the function itself. @default outputs are joined, counts summed
   */
  readonly reduce?: true | ReduceStage<Named<I>, Named<O>, z.output<P>, Taking<I, "many">, Taking<I, "optional">>;
}

type OrderOf<I, Order> = Order extends readonly string[] ? Order : Order extends false ? [] : OnlyMember<keyof I>;

/** A stage: call it in a pipeline's `build`. */
export type Stage<S extends StageTypes> = Call<S> & StageParts<S>;

/** What a stage carries beside its call signature. */
export interface StageParts<S extends StageTypes = StageTypes> {
  readonly spec: StageSpec;
  /** The function of an inline stage: hosts find it as the export of the module whose `spec.name` is the stage's. */
  readonly run?: RunOf<S>;
  readonly reduce?: ReduceOf<S>;
}

type ReduceOf<S extends StageTypes> = ReduceStage<
  Named<S["inputs"]>,
  Named<S["outputs"]>,
  z.output<S["params"]>,
  Taking<S["inputs"], "many">,
  Taking<S["inputs"], "optional">
>;
type RunOf<S extends StageTypes> = RunStage<
  Named<S["inputs"]>,
  Named<S["outputs"]>,
  z.output<S["params"]>,
  Taking<S["inputs"], "many">,
  Taking<S["inputs"], "optional">
>;

/** A stage, whatever its types. */
type Declared = Pick<StageParts, "spec">;

/** The type of the function that a stage's module exports as `run`. */
export type Run<T extends Declared> = T extends StageParts<infer S> ? RunOf<S> : never;

/** The type of the function that a mapped stage's module exports as `reduce`. */
export type Reduce<T extends Declared> = T extends StageParts<infer S> ? ReduceOf<S> : never;

/** The parameters that a stage's `run` receives: parsed, with every default in place. */
export type Params<T extends Declared> = T extends StageParts<infer S> ? z.output<S["params"]> : never;

/**
 * Declare a stage.
 *
 * `meta` is `import.meta`: it says where the stage's code is.
 *
 * @throws PipelineMistake for a declaration that contradicts itself; TypeError for an invalid amount of a resource.
 */
export function defineStage<
  const N extends string,
  const I extends Inputs,
  const O extends OutputsFor<I>,
  P extends z.ZodObject = NoParams,
  const Order extends false | readonly Named<I>[] | undefined = undefined,
  const M extends Mappable<I> | undefined = undefined,
>(
  meta: { readonly url: string },
  definition: StageDefinition<N, I, O, P, Order, M> & WithReduce<O, M>,
): Stage<{ name: N; inputs: I; outputs: O; params: P; order: OrderOf<I, Order> }> {
  const { name, summary = "", inputs, outputs, params, positional, runtime = [], run, map, shardBytes, reduce } = definition;
  const ports = {
    name,
    inputs: Object.entries(inputs).map(([name, port]) => ({ name, ...port })),
    outputs: Object.entries(outputs).map(([name, output]) => ({ name, ...output })),
    ...(map === undefined
      ? {}
      : { map: { port: map, reduce: reduce !== undefined, ...(shardBytes === undefined ? {} : { bytes: shardBytes }) } }),
  };
  const spec: StageSpec = {
    ...ports,
    summary,
    code: codeOf(run, meta.url, ports),
    params: (params ?? z.object({})).strict(),
    resources: parseResources(name, definition.resources ?? {}),
    runtime,
  };
  const order = argumentOrder(Object.keys(inputs), positional);
  checkStage(spec, order);
  checkReduce(spec, reduce);
  checkShardBytes(spec, shardBytes);
  const call = (...args: readonly unknown[]): unknown => useStage(spec, order, args);
  Object.defineProperty(call, "name", { value: name });
  const functions = Object.entries({ run, reduce }).filter(([, member]) => typeof member === "function");
  return Object.freeze(Object.assign(call, { spec, ...Object.fromEntries(functions) })) as never;
}

function codeOf(run: unknown, url: string, ports: Parameters<typeof commandPorts>[0]): StageCode {
  if (isCommand(run)) return { type: "command", url, ...run, ports: commandPorts(ports) };
  if (typeof run === "string") return { type: "module", url: new URL(run, url).href };
  if (typeof run === "function") return { type: "inline", url };
  return refuseStage(ports.name)("`run` is not something a stage can run", "give the path of a module, a function, or command([...])");
}

function argumentOrder(ports: readonly string[], positional: false | readonly string[] | undefined): readonly string[] {
  if (positional === undefined) return ports.length === 1 ? ports : [];
  return positional === false ? [] : positional;
}

function parseResources(stage: string, texts: ResourceTexts): Resources {
  const { cpus, gpus, memory, gpuMemory, disk, timeout, attempts, ...unknown } = { ...defaultResources, ...texts };
  const refuse = refuseStage(stage);
  for (const name of Object.keys(unknown)) {
    const names = "cpus, memory, gpus, gpuMemory, disk, timeout, attempts";
    refuse(
      `there is no resource "${name}"`,
      name === "queue" ? "say what it needs, and the queue follows: `gpus: 1`" : `resources: ${names}`,
    );
  }
  for (const [name, count, least] of [
    ["cpus", cpus, 1],
    ["gpus", gpus, 0],
    ["attempts", attempts, 1],
  ] as const) {
    if (!Number.isSafeInteger(count) || count < least)
      refuse(`${count} cannot be its number of ${name}`, `give a whole number, at least ${least}`);
  }
  if (gpuMemory !== undefined && gpus === 0)
    refuse("it says how much memory its GPUs need, and asks for none", "give `gpus` too, or leave `gpuMemory` out");
  return {
    cpus,
    memory: parseMemory(memory),
    gpus,
    ...(gpuMemory === undefined ? {} : { gpuMemory: parseMemory(gpuMemory) }),
    ...(disk === undefined ? {} : { disk: parseMemory(disk) }),
    timeout: parseDuration(timeout),
    attempts,
  };
}
