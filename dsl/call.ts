/** How a stage is called, computed from its declaration: which handles it accepts, and what the handles it returns carry. */
import type { z } from "zod";
import type { Fits, TokenizerIn, Uncallable } from "./fits.ts";
import type { FactsOf, Handle } from "./handle.ts";
import type { AnyPort, Output } from "./port.ts";

/** The types of a stage's declaration. */
export interface StageTypes {
  readonly name: string;
  readonly inputs: { readonly [name: string]: AnyPort };
  readonly outputs: { readonly [name: string]: Output };
  readonly params: z.ZodObject;
  /** The inputs in the order of the arguments; none: everything goes into one object. */
  readonly order: readonly string[];
}

/** An object type written out, so that hovers and messages show its members. */
export type Show<T> = { [P in keyof T]: T[P] } & {};

/** The parameters that a schema names, as they are written; a strict schema without any has an index signature that would refuse all. */
type Written<P extends z.ZodObject> = { [N in keyof z.input<P> as string extends N ? never : N]: z.input<P>[N] };

/** The stage's parameters and the node's name, given what is bound to its ports. */
type Options<S extends StageTypes, N extends string, B> = [EachOf<S["inputs"]>] extends [never]
  ? Show<Written<S["params"]> & { readonly as?: N }>
  : Show<WrittenForEach<Written<S["params"]>, S["inputs"], B> & { readonly as?: N }>;

/** The parameters that have an entry for each artifact of a list. */
type EachOf<I extends StageTypes["inputs"]> = { [P in keyof I]: NonNullable<I[P]["each"]> }[keyof I];

type WrittenForEach<W, I extends StageTypes["inputs"], B> = {
  [N in keyof W]: N extends EachOf<I> ? ForEach<ListOf<I, N, B>, W[N]> : W[N];
};

/** What is bound to the list port that names a parameter. */
type ListOf<I extends StageTypes["inputs"], N, B> = {
  [P in keyof I & keyof B]: N extends NonNullable<I[P]["each"]> ? B[P] : never;
}[keyof I & keyof B];

/** As many entries as there are in a list, if that is known. */
type ForEach<L, W> = W extends readonly (infer E)[]
  ? L extends { readonly length: infer Length }
    ? number extends Length
      ? W
      : { readonly [X in keyof L]: E }
    : W
  : W;

/** The last argument of a positional call: optional when every parameter is. */
type LastArgument<S extends StageTypes, N extends string, B> =
  Partial<Written<S["params"]>> extends Written<S["params"]> ? [params?: Options<S, N, B>] : [params: Options<S, N, B>];

/** The handle that an output gives. */
type Given<O extends Output, B, N extends string> = Handle<
  O["kind"],
  O["adds"][number] | KeptFacts<NonNullable<O["from"]>, B>,
  O["identity"] extends true ? N : GivenTokenizer<NonNullable<O["tokenizer"]>, NonNullable<O["from"]>, B>
>;

type KeptFacts<From, B> = From extends keyof B ? FactsOf<B[From]> : never;

type GivenTokenizer<Of, From, B> = [Of] extends [never] ? TokenizerIn<From, B> : TokenizerIn<Of, B>;

/** What a call returns: the handle of a single output, else an object of them. */
type Returned<S extends StageTypes, B, N extends string> =
  IsSingle<keyof S["outputs"]> extends true
    ? Given<S["outputs"][keyof S["outputs"]], B, N>
    : { readonly [P in keyof S["outputs"]]: Given<S["outputs"][P], B, N> };

type IsSingle<K> = [K] extends [never] ? false : [K] extends [LastOf<K>] ? true : false;

/** The tuple of a union's only member; empty when there are several or none. */
export type OnlyMember<K> = IsSingle<K> extends true ? [K & string] : [];

/** A union's last member in the compiler's order. */
type LastOf<U> = (U extends unknown ? (member: () => U) => void : never) extends (member: infer M) => void
  ? M extends () => infer L
    ? L
    : never
  : never;

/** A union's members as a tuple, in the compiler's order: only for what does not depend on the order. */
type Members<U, Rest extends readonly unknown[] = []> = [U] extends [never] ? Rest : Members<Exclude<U, LastOf<U>>, [LastOf<U>, ...Rest]>;

/** What is bound to a port of a call; nothing is known of what is left out. */
type At<S extends StageTypes, K, H> = K extends keyof S["inputs"] & string ? { readonly [P in K]: H } : unknown;

/** What is bound to the ports `K` of a call, in their order: one type parameter for each, which tsc infers. */
type Two<S extends StageTypes, K extends readonly unknown[], A, B> = At<S, K[0], A> & At<S, K[1], B>;
type Three<S extends StageTypes, K extends readonly unknown[], A, B, C> = At<S, K[0], A> & At<S, K[1], B> & At<S, K[2], C>;
type Many<S extends StageTypes, K extends readonly unknown[], A, B, C, D, E = 0, F = 0, G = 0, H = 0> = Three<S, K, A, B, C> &
  At<S, K[3], D> &
  At<S, K[4], E> &
  At<S, K[5], F> &
  At<S, K[6], G> &
  At<S, K[7], H>;

/** What is passed for a port. */
type Passed<S extends StageTypes, K, B> = K extends keyof B & keyof S["inputs"] & string ? Fits<S["inputs"][K], K, B[K], B> : never;

/** The object of a call: its ports are named one by one, so that a member that it does not have is an error. */
type Together<S extends StageTypes, N extends string, B> = [OptionalIn<S["inputs"]>] extends [never]
  ? Show<{ [P in keyof B]: Passed<S, P, B> } & Options<S, N, B>>
  : Show<
      { [P in Exclude<keyof B, OptionalIn<S["inputs"]>>]: Passed<S, P, B> } & {
        [P in OptionalIn<S["inputs"]> & keyof B]?: Passed<S, P, B>;
      } & Options<S, N, B>
    >;

/** The ports that may be left out. */
type OptionalIn<I extends StageTypes["inputs"]> = {
  [P in keyof I]: NonNullable<I[P]["takes"]> extends "optional" ? P : never;
}[keyof I];

/** A call with every handle and parameter in one object. */
type ObjectCall<S extends StageTypes, K extends readonly unknown[]> = K["length"] extends 0
  ? <const N extends string = S["name"]>(...args: LastArgument<S, N, unknown>) => Returned<S, unknown, N>
  : K["length"] extends 1
    ? <const A, const N extends string = S["name"]>(args: Together<S, N, At<S, K[0], A>>) => Returned<S, At<S, K[0], A>, N>
    : K["length"] extends 2
      ? <const A, const B, const N extends string = S["name"]>(args: Together<S, N, Two<S, K, A, B>>) => Returned<S, Two<S, K, A, B>, N>
      : K["length"] extends 3
        ? <const A, const B, const C, const N extends string = S["name"]>(
            args: Together<S, N, Three<S, K, A, B, C>>,
          ) => Returned<S, Three<S, K, A, B, C>, N>
        : LargeObjectCall<S, K>;

type LargeObjectCall<S extends StageTypes, K extends readonly unknown[]> = K["length"] extends 4
  ? <const A, const B, const C, const D, const N extends string = S["name"]>(
      args: Together<S, N, Many<S, K, A, B, C, D>>,
    ) => Returned<S, Many<S, K, A, B, C, D>, N>
  : K["length"] extends 5
    ? <const A, const B, const C, const D, const E, const N extends string = S["name"]>(
        args: Together<S, N, Many<S, K, A, B, C, D, E>>,
      ) => Returned<S, Many<S, K, A, B, C, D, E>, N>
    : K["length"] extends 6
      ? <const A, const B, const C, const D, const E, const F, const N extends string = S["name"]>(
          args: Together<S, N, Many<S, K, A, B, C, D, E, F>>,
        ) => Returned<S, Many<S, K, A, B, C, D, E, F>, N>
      : K["length"] extends 7
        ? <const A, const B, const C, const D, const E, const F, const G, const N extends string = S["name"]>(
            args: Together<S, N, Many<S, K, A, B, C, D, E, F, G>>,
          ) => Returned<S, Many<S, K, A, B, C, D, E, F, G>, N>
        : K["length"] extends 8
          ? <const A, const B, const C, const D, const E, const F, const G, const H, const N extends string = S["name"]>(
              args: Together<S, N, Many<S, K, A, B, C, D, E, F, G, H>>,
            ) => Returned<S, Many<S, K, A, B, C, D, E, F, G, H>, N>
          : Uncallable<"a stage has at most eight inputs: make some of them a list (port.many)">;

/** A call with the handles first, in order, then the parameters. */
type PositionalCall<S extends StageTypes, K extends readonly unknown[]> = K["length"] extends 1
  ? <const A, const N extends string = S["name"]>(
      input: Passed<S, K[0], At<S, K[0], A>>,
      ...rest: LastArgument<S, N, At<S, K[0], A>>
    ) => Returned<S, At<S, K[0], A>, N>
  : K["length"] extends 2
    ? <const A, const B, const N extends string = S["name"]>(
        first: Passed<S, K[0], Two<S, K, A, B>>,
        second: Passed<S, K[1], Two<S, K, A, B>>,
        ...rest: LastArgument<S, N, Two<S, K, A, B>>
      ) => Returned<S, Two<S, K, A, B>, N>
    : Uncallable<"at most two inputs are positional: leave `positional` out, and pass one object">;

/** The call signature of a stage. */
export type Call<S extends StageTypes> = S["order"] extends readonly []
  ? ObjectCall<S, Members<keyof S["inputs"]>>
  : PositionalCall<S, S["order"]>;
