/** A stage's inputs and outputs: ports with the facts they demand, outputs with the facts they add. */
import type { BuiltInKind, KindDeclaration } from "../schemas/kinds.ts";
import { type Kind, kindFields } from "./kind.ts";

/** An input: kind `K`, facts `F` demanded, and the port `S` whose tokenizer it must share (never: none). */
export interface Port<K extends string = string, F extends string = string, S extends string = string> {
  readonly kind: K;
  /** Of a kind that the user declared. */
  readonly declaration?: KindDeclaration;
  readonly facts: readonly F[];
  readonly tokenizer?: S;
}

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

/** An input of a kind, with the facts it demands; with `tokenizer`, it must share the tokenizer of that port. */
export function port<K extends string, F extends string = never>(kind: OneKind<K>, ...facts: F[]): Port<K, NoInfer<F>, never>;
export function port<K extends string, S extends string, F extends string = never>(
  kind: OneKind<K>,
  ...demands: [...facts: F[], options: { readonly tokenizer: S }]
): Port<K, NoInfer<F>, NoInfer<S>>;
export function port(kind: string | Kind, ...demands: (string | { readonly tokenizer: string })[]): Port {
  const options = demands.find((demand) => typeof demand === "object");
  return { ...kindFields(kind), facts: demands.filter((demand) => typeof demand === "string").sort(), ...options };
}

/**
 * An output of a kind.
 *
 * `from`: the port whose facts (and tokenizer) it keeps; `adds`: the facts that the stage establishes; `tokenizer`: the port whose
 * tokenizer it is tied to; `excludes`: facts that the `from` port must not have, which `compile` checks; `identity`: it is a new tokenizer, identified by the name of the node that produces it.
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
