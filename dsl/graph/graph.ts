import type { z } from "zod";
import type { JsonObject } from "../../schemas/json.ts";
import type { KindDeclaration } from "../../schemas/kinds.ts";
import type { PlanInput, PlanMap, Resources } from "../../schemas/plan.ts";
import type { Takes } from "../port.ts";

/** An input of a stage: what kind of artifact, and which facts it must have. */
export interface PortSpec {
  readonly name: string;
  readonly kind: string;
  /** Of a kind that the user declared. */
  readonly declaration?: KindDeclaration;
  readonly facts: readonly string[];
  /** The port whose tokenizer this one must share. */
  readonly tokenizer?: string;
  /** @default "one" */
  readonly takes?: Takes;
  /** Of a list: the parameter that has an entry for each of its artifacts. */
  readonly each?: string;
  /** Of a list: facts that all of its artifacts have, or none. */
  readonly agree?: readonly string[];
}

/** An output of a stage: its kind, the facts it adds, and the port whose facts it keeps. */
export interface OutputSpec {
  readonly name: string;
  readonly kind: string;
  /** Of a kind that the user declared. */
  readonly declaration?: KindDeclaration;
  readonly adds: readonly string[];
  readonly from?: string;
  readonly tokenizer?: string;
  /** Facts that the port of `from` must not have: documents that were trained on cannot be held out. */
  readonly excludes?: readonly string[];
  /** It is a new tokenizer, identified by the name of the node that produces it. */
  readonly identity: boolean;
}

/** How a command serves the ports of its stage. */
export interface CommandPorts {
  /** The input whose documents it reads, as JSON lines. */
  readonly reads?: string;
  /** The output that takes the documents it writes. */
  readonly documents?: string;
  /** The output that takes its report. */
  readonly report?: string;
  /** The other inputs: it gets their files as folders. */
  readonly folders: readonly string[];
}

/** A command: program and arguments, and globs of its files, relative to the module at `url`, which defines the stage. */
export interface CommandCode {
  readonly type: "command";
  readonly url: string;
  readonly words: readonly string[];
  readonly files: readonly string[];
  readonly ports: CommandPorts;
}

/** Where a stage's code is: a module of its own that exports `run`, the function in the module that defines the stage, or a command. */
export type StageCode = { readonly type: "module"; readonly url: string } | { readonly type: "inline"; readonly url: string } | CommandCode;

/** A stage as declared with `defineStage`, with nothing computed. */
export interface StageSpec {
  readonly name: string;
  /** One line for people: what the stage does. */
  readonly summary: string;
  readonly code: StageCode;
  readonly inputs: readonly PortSpec[];
  readonly outputs: readonly OutputSpec[];
  /** Set when its code runs once for each shard of an input. */
  readonly map?: PlanMap;
  /** Strict. */
  readonly params: z.ZodObject;
  readonly resources: Resources;
  /** Names of runtime facts that are part of the key ("trainer/train"). */
  readonly runtime: readonly string[];
}

/** One use of a stage in a pipeline. */
export interface GraphNode {
  readonly name: string;
  readonly spec: StageSpec;
  readonly inputs: readonly PlanInput[];
  /** Parsed, with all defaults filled in. */
  readonly params: JsonObject;
}

/** The user's files that a pipeline reads, before any of them is looked at. */
export interface GraphSource {
  readonly name: string;
  /** Globs, relative to the project's folder. */
  readonly pattern: readonly string[];
}

/** A parameter that names a JSON Schema file, which has not been read. */
export interface SchemaUse {
  /** Relative to the project's folder. */
  readonly file: string;
  /** Where it is named: the call, the node, the parameter. */
  readonly path: readonly string[];
}

/** A compiled pipeline: pure, no file has been read. */
export interface Graph {
  readonly pipeline: string;
  readonly params: JsonObject;
  readonly sources: readonly GraphSource[];
  /** In topological order. */
  readonly nodes: readonly GraphNode[];
  readonly outputs: { readonly [name: string]: { readonly node: string; readonly output: string } };
}
