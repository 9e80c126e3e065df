/** Stages: named units of work, as typed functions from handles to handles. */
import { z } from "zod";
import type { ArtifactKind } from "../schemas/artifact.ts";
import type { Resources } from "../schemas/plan.ts";
import type { Call, OnlyMember, StageTypes } from "./call.ts";
import type { StageContext, StageOutcome } from "./context.ts";
import type { StageSpec } from "./graph.ts";
import type { Output, Port } from "./port.ts";
import { type DurationText, type MemoryText, parseDuration, parseMemory } from "./units.ts";
import { useStage } from "./use-stage.ts";

/** What stages may use, unless they say otherwise: 2 GiB of heap, 6 hours, three attempts, on the CPU queue. */
const defaultResources = { queue: "cpu", memory: "2 GiB", timeout: "6 hours", attempts: 3 } as const satisfies Required<ResourceTexts>;

/** What an attempt of a stage may use. */
export interface ResourceTexts {
  /** @default "cpu" */
  readonly queue?: "cpu" | "gpu";
  /** JavaScript heap of the process that runs it. @default "2 GiB" */
  readonly memory?: MemoryText;
  /** The longest an attempt may take. @default "6 hours" */
  readonly timeout?: DurationText;
  /** Attempts, the first included, for errors that a retry can mend. @default 3 */
  readonly attempts?: number;
}

/** What a stage runs: it reads its inputs and writes its outputs through the context, and returns its report. */
export type RunStage<In extends string, Out extends string, Params> = (
  context: StageContext<In, Out>,
  params: Params,
) => Promise<StageOutcome>;

/** The schema of a stage without parameters. */
export type NoParams = z.ZodObject<Record<never, never>>;

type Inputs = { readonly [name: string]: Port };
type OutputsFor<I> = { readonly [name: string]: Output<ArtifactKind, string, keyof I & string, keyof I & string> };
type Named<T> = keyof T & string;

/** What `defineStage` is told. */
export interface StageDefinition<N extends string, I, O, P extends z.ZodObject, Order> {
  /** What people call it; the activity type. A verb, in camelCase. */
  readonly name: N;
  /** One line: what the stage does. */
  readonly summary?: string;
  readonly inputs: I;
  readonly outputs: O;
  /** Strict: a parameter that the schema does not name is an error. @default no parameters */
  readonly params?: P;
  /** The inputs in the order of the arguments; `false`: everything goes into one object. @default the only input first; several in one object */
  readonly positional?: Order;
  readonly resources?: ResourceTexts;
  /** Runtime facts that decide its result and so belong to its key ("trainer": the trainer's files and lock). */
  readonly runtime?: readonly string[];
  /** The module that exports `run`, relative to this one; or the function itself. */
  readonly run: `./${string}` | `../${string}` | RunStage<Named<I>, Named<O>, z.output<P>>;
}

type OrderOf<I, Order> = Order extends readonly string[] ? Order : Order extends false ? [] : OnlyMember<keyof I>;

/** A stage: call it in a pipeline's `build`. */
export type Stage<S extends StageTypes> = Call<S> & StageParts<S>;

/** What a stage carries beside its call signature. */
export interface StageParts<S extends StageTypes = StageTypes> {
  readonly spec: StageSpec;
  /** The function of an inline stage: hosts find it as the export of the module whose `spec.name` is the stage's. */
  readonly run?: RunOf<S>;
}

type RunOf<S extends StageTypes> = RunStage<Named<S["inputs"]>, Named<S["outputs"]>, z.output<S["params"]>>;

/** The type of the function that a stage's module exports as `run`. */
export type Run<T extends StageParts<never>> = T extends StageParts<infer S> ? RunOf<S> : never;

/** The parameters that a stage's `run` receives: parsed, with every default in place. */
export type Params<T extends StageParts<never>> = T extends StageParts<infer S> ? z.output<S["params"]> : never;

/**
 * Declare a stage.
 *
 * `meta` is `import.meta`: it says where the stage's code is.
 *
 * @throws TypeError for a declaration that contradicts itself.
 */
export function defineStage<
  const N extends string,
  const I extends Inputs,
  const O extends OutputsFor<I>,
  P extends z.ZodObject = NoParams,
  const Order extends false | readonly Named<I>[] | undefined = undefined,
>(
  meta: { readonly url: string },
  definition: StageDefinition<N, I, O, P, Order>,
): Stage<{ name: N; inputs: I; outputs: O; params: P; order: OrderOf<I, Order> }> {
  const { name, summary = "", inputs, outputs, params, positional, runtime = [], run } = definition;
  const spec: StageSpec = {
    name,
    summary,
    code: typeof run === "string" ? { type: "module", url: new URL(run, meta.url).href } : { type: "inline", url: meta.url },
    inputs: Object.entries(inputs).map(([name, port]) => ({ name, ...port })),
    outputs: Object.entries(outputs).map(([name, output]) => ({ name, ...output })),
    params: (params ?? z.object({})).strict(),
    resources: parseResources(definition.resources ?? {}),
    runtime,
  };
  const order = argumentOrder(Object.keys(inputs), positional);
  checkDefinition(spec, order);
  const call = (...args: readonly unknown[]): unknown => useStage(spec, order, args);
  Object.defineProperty(call, "name", { value: name });
  return Object.freeze(Object.assign(call, typeof run === "string" ? { spec } : { spec, run })) as never;
}

function argumentOrder(ports: readonly string[], positional: false | readonly string[] | undefined): readonly string[] {
  if (positional === undefined) return ports.length === 1 ? ports : [];
  return positional === false ? [] : positional;
}

function parseResources(texts: ResourceTexts): Resources {
  const { queue, memory, timeout, attempts } = { ...defaultResources, ...texts };
  return { queue, memory: parseMemory(memory), timeout: parseDuration(timeout), attempts };
}

function checkDefinition(spec: StageSpec, order: readonly string[]): void {
  const refuse = (problem: string): never => {
    throw new TypeError(`stage "${spec.name}": ${problem}`);
  };
  if (!/^[a-z][A-Za-z0-9]*$/.test(spec.name)) refuse("a stage's name is camelCase, letters and digits");
  if (spec.outputs.length === 0) refuse("a stage without outputs has no use; declare at least one");
  const ports = spec.inputs.map((port) => port.name);
  for (const name of Object.keys(spec.params.shape)) {
    if (ports.includes(name)) refuse(`"${name}" is both an input and a parameter; rename one`);
    if (name === "as") refuse('a parameter cannot be called "as": that names the node');
  }
  if (ports.includes("as")) refuse('an input cannot be called "as": that names the node');
  if (order.length > 0 && [...order].sort().join() !== [...ports].sort().join()) refuse("`positional` must list every input once");
  for (const port of [...spec.inputs, ...spec.outputs]) {
    for (const target of [port.tokenizer, "from" in port ? port.from : undefined]) {
      if (target !== undefined && !ports.includes(target)) refuse(`"${port.name}" refers to the input "${target}", which it does not have`);
    }
  }
}
