/** Whether what a call passes fits a port: if it does not, the port's type says in words what is wrong. */
import type { AnyHandle, Artifact, FactsOf, Handle, TokenizerOf } from "./handle.ts";
import type { AnyPort } from "./port.ts";

declare const whatIsWrong: unique symbol;

/** What is wrong with a call, for people to read in the compiler's message: no value has this type. */
interface TypeError<Message extends string> {
  readonly [whatIsWrong]: Message;
}

/** The type that port `K` accepts when it is passed an `A`, given everything bound to the call's ports: `A` itself if it fits. */
export type Fits<P extends AnyPort, K extends string, A, B> =
  NonNullable<P["takes"]> extends "many"
    ? A extends readonly []
      ? TypeError<`\`${K}\` is an empty list: pass at least one handle of ${P["kind"]}`>
      : [A] extends [readonly Demanded<P, B>[]]
        ? A
        : A extends readonly (infer H)[]
          ? Misfit<P, K, H, B>
          : TypeError<`\`${K}\` takes a list of ${P["kind"]}: write [a, b]`>
    : [A] extends [Demanded<P, B> | (NonNullable<P["takes"]> extends "optional" ? undefined : never)]
      ? A
      : Misfit<P, K, A, B>;

/** The handle that a port asks for. */
type Demanded<P extends AnyPort, B> = Handle<P["kind"], P["facts"][number], TokenizerIn<NonNullable<P["tokenizer"]>, B>>;

/** The tokenizer of what is bound to a port; any if no port is named. */
export type TokenizerIn<From, B> = [From] extends [never] ? string : From extends keyof B ? TokenizerOf<B[From]> : string;

type Misfit<P extends AnyPort, K extends string, H, B> =
  H extends Demanded<P, B>
    ? never
    : H extends AnyHandle
      ? H extends Artifact<P["kind"], never, string>
        ? [MissingIn<P, H>] extends [never]
          ? TypeError<`\`${K}\` was made with another tokenizer than \`${NonNullable<P["tokenizer"]>}\``>
          : TypeError<`\`${K}\` lacks the fact \`${MissingIn<P, H>}\`: pass it through a stage that adds that`>
        : TypeError<`\`${K}\` takes ${P["kind"]}, not ${KindOf<H>}`>
      : H extends { readonly [output: string]: AnyHandle }
        ? TypeError<`\`${K}\` takes one artifact: pass .${keyof H & string}`>
        : TypeError<`\`${K}\` takes a handle of ${P["kind"]}, which a stage returns`>;

type MissingIn<P extends AnyPort, H> = Exclude<P["facts"][number], FactsOf<H>>;

type KindOf<H> = H extends Artifact<infer K, never, string> ? K : never;

/** The call of a stage that cannot be called as it is declared. */
export type Uncallable<Message extends string> = (...args: readonly TypeError<Message>[]) => TypeError<Message>;
