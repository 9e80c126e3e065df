/** A stage's inputs and outputs: ports with the facts they demand, outputs with the facts they add. */
import type { BuiltInKind, KindDeclaration } from "../schemas/kinds.ts";
import { type Kind, kindFields } from "./kind.ts";

/** How many artifacts a port takes: one, one or none, or a list of at least one. */
export type Takes = "one" | "optional" | "many";

/**
 * An input: kind `K`, facts `F` demanded, the port `S` whose tokenizer it must share (never: none), how many artifacts it takes, and the parameter `E`
 * that has an entry for each of a list (never: none).
 */
export interface Port<
  K extends string = string,
  F extends string = string,
  S extends string = string,
  M extends Takes = "one",
  E extends string = never,
> {
  readonly kind: K;
  /** Of a kind that the user declared. */
  readonly declaration?: KindDeclaration;
  readonly facts: readonly F[];
  readonly tokenizer?: S;
  /** @default "one" */
  readonly takes?: M;
  readonly each?: E;
  /** Facts that all artifacts of a list have, or none. */
  readonly agree?: readonly string[];
}

/** Any input. */
export type AnyPort = Port<string, string, string, Takes, string>;

/** An output: kind `K`, facts `A` added, the port `S` whose facts it keeps, the port `T` whose tokenizer it is tied to. */
export interface Output<
  K extends string = string,
  A extends string = string,
  S extends string = string,
  T extends string = string,
  Identity extends boolean = boolean,
> {
  readonly kind: K;
  /** Of a kind that the user declared. */
  readonly declaration?: KindDeclaration;
  readonly adds: readonly A[];
  readonly from?: S;
  readonly tokenizer?: T;
  readonly excludes: readonly string[];
  readonly identity: Identity;
}

/** What names a kind: the name of a built-in one, or what `defineKind` returned. */
type OneKind<K extends string> = (K & BuiltInKind) | Kind<K>;

/** What an input demands beside its kind: facts, and then options. */
type Demands = readonly (string | Omit<Partial<AnyPort>, "kind" | "facts">)[];

function portOf(kind: string | Kind, takes: Takes, demands: Demands): AnyPort {
  const options = demands.find((demand) => typeof demand === "object");
  const facts = demands.filter((demand) => typeof demand === "string").sort();
  return { ...kindFields(kind), facts, ...options, ...(takes === "one" ? {} : { takes }) };
}

function one<K extends string, F extends string = never>(kind: OneKind<K>, ...facts: F[]): Port<K, NoInfer<F>, never>;
function one<K extends string, S extends string, F extends string = never>(
  kind: OneKind<K>,
  ...demands: [...facts: F[], options: { readonly tokenizer: S }]
): Port<K, NoInfer<F>, NoInfer<S>>;
function one(kind: string | Kind, ...demands: Demands): AnyPort {
  return portOf(kind, "one", demands);
}

function optional<K extends string, F extends string = never>(kind: OneKind<K>, ...facts: F[]): Port<K, NoInfer<F>, never, "optional">;
function optional<K extends string, S extends string, F extends string = never>(
  kind: OneKind<K>,
  ...demands: [...facts: F[], options: { readonly tokenizer: S }]
): Port<K, NoInfer<F>, NoInfer<S>, "optional">;
function optional(kind: string | Kind, ...demands: Demands): AnyPort {
  return portOf(kind, "optional", demands);
}

function many<K extends string, F extends string = never>(kind: OneKind<K>, ...facts: F[]): Port<K, NoInfer<F>, never, "many">;
function many<K extends string, S extends string = never, const E extends string = never, F extends string = never>(
  kind: OneKind<K>,
  ...demands: [...facts: F[], options: { readonly tokenizer?: S; readonly each?: E; readonly agree?: readonly string[] }]
): Port<K, NoInfer<F>, NoInfer<S>, "many", NoInfer<E>>;
function many(kind: string | Kind, ...demands: Demands): AnyPort {
  return portOf(kind, "many", demands);
}

/**
 * An input of a kind, with the facts it demands; with `tokenizer`, it must share the tokenizer of that port.
 *
 * `port.optional`: it may be left out, and stage code then finds undefined. `port.many`: a list of at least one artifact, in order, each with the
 * facts; `each` names a parameter that has an entry for each of them, `agree` facts that all of them have, or none.
 */
export const port = Object.assign(one, { optional, many });

/**
 * An output of a kind.
 *
 * `from`: the port whose facts (and tokenizer) it keeps, those that all have if it is a list; `adds`: the facts that the stage establishes; `tokenizer`: the
 * port whose tokenizer it is tied to; `excludes`: facts that the `from` port must not have, which `compile` checks; `identity`: it is a new tokenizer,
 * identified by the name of the node that produces it.
 */
export function output<
  K extends string,
  const A extends string = never,
  const S extends string = never,
  const T extends string = never,
  const Identity extends boolean = false,
>(
  kind: OneKind<K>,
  options: {
    readonly from?: S;
    readonly adds?: readonly A[];
    readonly tokenizer?: T;
    readonly excludes?: readonly string[];
    readonly identity?: Identity;
  } = {},
): Output<K, NoInfer<A>, NoInfer<S>, NoInfer<T>, NoInfer<Identity>> {
  const { from, adds = [], tokenizer, excludes = [], identity } = options;
  return {
    ...(kindFields(kind) as { kind: K }),
    adds: [...adds].sort(),
    ...(from === undefined ? {} : { from }),
    ...(tokenizer === undefined ? {} : { tokenizer }),
    excludes: [...excludes].sort(),
    identity: (identity ?? false) as Identity,
  };
}
