/** Handles: values that stand for artifacts that do not exist yet. Passing one to a stage is the dependency. */
import type { KindDeclaration } from "../schemas/kinds.ts";
import { callSite } from "./call-site.ts";
import type { Build, BuildInput } from "./graph/build.ts";
import { PipelineMistake } from "./mistake.ts";

declare const artifact: unique symbol;

/** Facts as the keys of an object, so that a handle with more facts is accepted where fewer are required. */
type Known<F extends string> = { readonly [P in F]: true };

/** What every handle's type carries: the same members for all, so that tsc reports a wrong kind as such. */
interface Carried<K extends string, F extends string, T extends string> {
  readonly kind: K;
  readonly facts: Known<F>;
  readonly tokenizer: T;
}

/** The user's own files, as they are on disk. */
export interface Files {
  readonly [artifact]: Carried<"files", never, string>;
}

/** Documents, with what has been done to them. */
export interface Documents<in F extends string> {
  readonly [artifact]: Carried<"documents", F, string>;
}

/** A tokenizer; `T` names the node that trained it. */
export interface Tokenizer<out T extends string> {
  readonly [artifact]: Carried<"tokenizer", never, T>;
}

/** Tokens, with the facts of the documents they come from, and the tokenizer that produced them. */
export interface Tokens<in F extends string, out T extends string> {
  readonly [artifact]: Carried<"tokens", F, T>;
}

/** A trained model, with its facts, and the tokenizer whose ids it uses. */
export interface Checkpoint<in F extends string, out T extends string> {
  readonly [artifact]: Carried<"checkpoint", F, T>;
}

/** A model in a format that other programs can load. */
export interface Model {
  readonly [artifact]: Carried<"model", never, string>;
}

/** Figures about a model or about data. */
export interface Report {
  readonly [artifact]: Carried<"report", never, string>;
}

/** An artifact of a kind that has no type of its own here, such as one that you declared: `Artifact<"embeddings", "sealed">`. */
export interface Artifact<out K extends string, in F extends string = never, out T extends string = string> {
  readonly [artifact]: Carried<K, F, T>;
}

/** The kinds whose handles have types of their own, which read better. */
interface HandleTypes<F extends string, T extends string> {
  files: Files;
  documents: Documents<F>;
  tokenizer: Tokenizer<T>;
  tokens: Tokens<F, T>;
  checkpoint: Checkpoint<F, T>;
  model: Model;
  report: Report;
}

/** The handle of an artifact of kind `K` with facts `F`, tied to tokenizer `T`. */
export type Handle<K extends string, F extends string, T extends string> = K extends keyof HandleTypes<F, T>
  ? HandleTypes<F, T>[K]
  : Artifact<K, F, T>;

/** Any handle, whatever its kind and facts. */
export type AnyHandle = Artifact<string, never, string>;

/** The facts that a handle's type carries; of a list, those that all its handles have; of what may be left out, none. */
export type FactsOf<H> = [H] extends [readonly (infer E extends AnyHandle)[]]
  ? SharedFacts<E>
  : [H] extends [AnyHandle]
    ? FactsOfOne<H>
    : never;

type FactsOfOne<H> =
  H extends Documents<infer F>
    ? F
    : H extends Tokens<infer F, string>
      ? F
      : H extends Checkpoint<infer F, string>
        ? F
        : H extends Artifact<string, infer F, string>
          ? F
          : never;

/** The facts of each member of a union are the keys of an object, and the keys of a union of objects are those that all have. */
type SharedFacts<H extends AnyHandle> = Extract<keyof H[typeof artifact]["facts"], string>;

/** The tokenizer that a handle's type names, or those of a list. */
export type TokenizerOf<H> =
  H extends Artifact<string, never, infer T>
    ? T
    : H extends readonly (infer E)[]
      ? E extends AnyHandle
        ? TokenizerOf<E>
        : string
      : string;

/** What a handle stands for: an output of a node of one build, or files. */
export interface Origin {
  /** The build it belongs to; files belong to none. */
  readonly build: Build | undefined;
  readonly kind: string;
  /** Of a kind that the user declared. */
  readonly declaration?: KindDeclaration;
  readonly facts: readonly string[];
  /** The node that trained the tokenizer it is tied to. */
  readonly tokenizer?: string;
  readonly from: BuildInput["from"];
  /** What it is called in messages. */
  readonly label: string;
}

const origins = new WeakMap<object, Origin>();

/** What a value stands for, if it is a handle. */
export function originOf(value: unknown): Origin | undefined {
  return typeof value === "object" && value !== null ? origins.get(value) : undefined;
}

/** Create a handle. The only place where one gets its type: callers state it, from the stage's declaration. */
export function mintHandle<H extends AnyHandle>(origin: Origin): H {
  const refuse = (): never => {
    throw new PipelineMistake({
      code: "handle-as-text",
      message: `${origin.label} is a handle: it stands for an artifact that is not made yet, so it has no text`,
      path: [callSite() ?? origin.label],
      fix: "pass the handle itself to a stage; what is in the artifact can be seen after a run (`crisol artifacts show`)",
    });
  };
  const handle = Object.freeze({
    toString: refuse,
    toJSON: refuse,
    [Symbol.toPrimitive]: refuse,
    [Symbol.for("nodejs.util.inspect.custom")]: () => `[${origin.label}]`,
  });
  origins.set(handle, origin);
  return handle as unknown as H;
}

/** Kind and facts, written as the type is: `documents<clean, sealed>`. */
export function describeArtifact(kind: string, facts: readonly string[]): string {
  return facts.length === 0 ? kind : `${kind}<${[...facts].sort().join(", ")}>`;
}
