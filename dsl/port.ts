/** A stage's inputs and outputs: ports with the facts they demand, outputs with the facts they add. */
import type { ArtifactKind } from "../schemas/artifact.ts";

/** An input: kind `K`, facts `F` demanded, and the port `S` whose tokenizer it must share (never: none). */
export interface Port<K extends ArtifactKind = ArtifactKind, F extends string = string, S extends string = string> {
  readonly kind: K;
  readonly facts: readonly F[];
  readonly tokenizer?: S;
}

/** An output: kind `K`, facts `A` added, the port `S` whose facts it keeps, the port `T` whose tokenizer it is tied to. */
export interface Output<
  K extends ArtifactKind = ArtifactKind,
  A extends string = string,
  S extends string = string,
  T extends string = string,
  Identity extends boolean = boolean,
> {
  readonly kind: K;
  readonly adds: readonly A[];
  readonly from?: S;
  readonly tokenizer?: T;
  readonly excludes: readonly string[];
  readonly identity: Identity;
}

/** An input of a kind, with the facts it demands; with `tokenizer`, it must share the tokenizer of that port. */
export function port<K extends ArtifactKind, F extends string = never>(kind: K, ...facts: F[]): Port<K, NoInfer<F>, never>;
export function port<K extends ArtifactKind, S extends string, F extends string = never>(
  kind: K,
  ...demands: [...facts: F[], options: { readonly tokenizer: S }]
): Port<K, NoInfer<F>, NoInfer<S>>;
export function port(kind: ArtifactKind, ...demands: (string | { readonly tokenizer: string })[]): Port {
  const options = demands.find((demand) => typeof demand === "object");
  return { kind, facts: demands.filter((demand) => typeof demand === "string").sort(), ...options };
}

/**
 * An output of a kind.
 *
 * `from`: the port whose facts (and tokenizer) it keeps; `adds`: the facts that the stage establishes; `tokenizer`: the port whose
 * tokenizer it is tied to; `excludes`: facts that the `from` port must not have, which `compile` checks; `identity`: it is a new tokenizer, identified by the name of the node that produces it.
 */
export function output<
  K extends ArtifactKind,
  const A extends string = never,
  const S extends string = never,
  const T extends string = never,
  const Identity extends boolean = false,
>(
  kind: K,
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
    kind,
    adds: [...adds].sort(),
    ...(from === undefined ? {} : { from }),
    ...(tokenizer === undefined ? {} : { tokenizer }),
    excludes: [...excludes].sort(),
    identity: (identity ?? false) as Identity,
  };
}
