/** How a stage is called, computed from its declaration: which handles it accepts, and what the handles it returns carry. */
import type { z } from "zod";
import type { FactsOf, Handle, TokenizerOf } from "./handle.ts";
import type { Output, Port } from "./port.ts";

/** The types of a stage's declaration. */
export interface StageTypes {
  readonly name: string;
  readonly inputs: { readonly [name: string]: Port };
  readonly outputs: { readonly [name: string]: Output };
  readonly params: z.ZodObject;
  /** The inputs in the order of the arguments; none: everything goes into one object. */
  readonly order: readonly string[];
}

/** An object type written out, so that hovers and messages show its members. */
export type Show<T> = { [P in keyof T]: T[P] } & {};

/** The parameters that a schema names, as they are written; a strict schema without any has an index signature that would refuse all. */
type Written<P extends z.ZodObject> = { [N in keyof z.input<P> as string extends N ? never : N]: z.input<P>[N] };

/** The stage's parameters and the node's name. */
type Options<S extends StageTypes, N extends string> = Show<Written<S["params"]> & { readonly as?: N }>;

/** The last argument of a positional call: optional when every parameter is. */
type LastArgument<S extends StageTypes, N extends string> =
  Partial<Written<S["params"]>> extends Written<S["params"]> ? [params?: Options<S, N>] : [params: Options<S, N>];

/** The handle that port `K` asks for, given the handles bound to the ports before it. */
type Demanded<S extends StageTypes, K, B = unknown> = K extends keyof S["inputs"]
  ? Handle<S["inputs"][K]["kind"], S["inputs"][K]["facts"][number], DemandedTokenizer<NonNullable<S["inputs"][K]["tokenizer"]>, B>>
  : never;

type DemandedTokenizer<From, B> = [From] extends [never] ? string : From extends keyof B ? TokenizerOf<B[From]> : string;

/** The handle that an output gives. */
type Given<O extends Output, B, N extends string> = Handle<
  O["kind"],
  O["adds"][number] | KeptFacts<NonNullable<O["from"]>, B>,
  O["identity"] extends true ? N : GivenTokenizer<NonNullable<O["tokenizer"]>, NonNullable<O["from"]>, B>
>;

type KeptFacts<From, B> = From extends keyof B ? FactsOf<B[From]> : never;

type GivenTokenizer<Of, From, B> = [Of] extends [never] ? DemandedTokenizer<From, B> : DemandedTokenizer<Of, B>;

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

/** The ports whose tokenizer another port must share come first, so that the others' demands can name them. */
type ObjectOrder<I extends StageTypes["inputs"]> = [
  ...Members<{ [P in keyof I]: [NonNullable<I[P]["tokenizer"]>] extends [never] ? P : never }[keyof I]>,
  ...Members<{ [P in keyof I]: [NonNullable<I[P]["tokenizer"]>] extends [never] ? never : P }[keyof I]>,
];

/** A port's member in the object of a call. */
type At<K, H> = { readonly [P in K & string]: H };

/** A call with every handle and parameter in one object; a type parameter for each port keeps unknown members an error. */
type ObjectCall<S extends StageTypes, K extends readonly unknown[]> = K["length"] extends 0
  ? <const N extends string = S["name"]>(...args: LastArgument<S, N>) => Returned<S, unknown, N>
  : K["length"] extends 1
    ? <A extends Demanded<S, K[0]>, const N extends string = S["name"]>(
        args: Show<At<K[0], A> & Options<S, N>>,
      ) => Returned<S, At<K[0], A>, N>
    : K["length"] extends 2
      ? <A extends Demanded<S, K[0]>, B extends Demanded<S, K[1], At<K[0], A>>, const N extends string = S["name"]>(
          args: Show<At<K[0], A> & At<K[1], B> & Options<S, N>>,
        ) => Returned<S, At<K[0], A> & At<K[1], B>, N>
      : K["length"] extends 3
        ? <
            A extends Demanded<S, K[0]>,
            B extends Demanded<S, K[1], At<K[0], A>>,
            C extends Demanded<S, K[2], At<K[0], A> & At<K[1], B>>,
            const N extends string = S["name"],
          >(
            args: Show<At<K[0], A> & At<K[1], B> & At<K[2], C> & Options<S, N>>,
          ) => Returned<S, At<K[0], A> & At<K[1], B> & At<K[2], C>, N>
        : never;

/** A call with the handles first, in order, then the parameters. */
type PositionalCall<S extends StageTypes, K extends readonly unknown[]> = K["length"] extends 1
  ? <A extends Demanded<S, K[0]>, const N extends string = S["name"]>(input: A, ...rest: LastArgument<S, N>) => Returned<S, At<K[0], A>, N>
  : K["length"] extends 2
    ? <A extends Demanded<S, K[0]>, B extends Demanded<S, K[1], At<K[0], A>>, const N extends string = S["name"]>(
        first: A,
        second: B,
        ...rest: LastArgument<S, N>
      ) => Returned<S, At<K[0], A> & At<K[1], B>, N>
    : never;

/** The call signature of a stage. */
export type Call<S extends StageTypes> = S["order"] extends readonly []
  ? ObjectCall<S, ObjectOrder<S["inputs"]>>
  : PositionalCall<S, S["order"]>;
