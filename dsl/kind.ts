/** Kinds of artifact that users declare: what crisol's own table (schemas/kinds.ts) says of the built-in ones. */
import { builtInKinds, KindDeclaration } from "../schemas/kinds.ts";
import { callSite } from "./call-site.ts";
import { PipelineMistake } from "./mistake.ts";

/** A declared kind: give it to `port` and `output` where a built-in kind is a name. */
export interface Kind<N extends string = string> extends KindDeclaration {
  readonly name: N;
}

/** What `defineKind` takes. */
export interface KindDefinition<N extends string> {
  /** A short noun, because it appears in type errors: "embeddings". */
  readonly name: N;
  /**
   * The folder of its shards: the files in it that have one number of at least five digits ("vectors/00007.bin", "vectors/00007.json") are one
   * shard. @default it has none
   */
  readonly shards?: string;
  /** Whether a stage can map over it: shard by shard or, if it has no shards, over neighbouring files. @default whether it has shards */
  readonly maps?: boolean;
  /** Whether the parts that a mapped stage writes of it are joined: shards are renumbered, other files gathered. @default whether it has shards */
  readonly joins?: boolean;
  /** Whether a shard comes with the files beside the shards and the meta of the whole; a change to those runs every shard again. @default true */
  readonly shares?: boolean;
  /** Whether it is tied to a tokenizer, as tokens are: ports and outputs can then name that of another port. @default false */
  readonly tokenizer?: boolean;
  /** How `crisol artifacts show` puts it: names of counts and meta in braces, "{vectors} vectors of {dimensions} dimensions". @default its counts */
  readonly shown?: string;
}

/**
 * Declare a kind of artifact.
 *
 * The declaration travels with plans and artifacts as plain data, so it is part of the key of every stage that produces the kind.
 *
 * @throws PipelineMistake for a name that a built-in kind has, or a declaration that contradicts itself.
 */
export function defineKind<const N extends string>(definition: KindDefinition<N>): Kind<N> {
  const {
    name,
    shards,
    maps = shards !== undefined,
    joins = shards !== undefined,
    shares = true,
    tokenizer = false,
    shown,
    ...unknown
  } = definition;
  const refuse = (problem: string, fix: string): never => {
    const path = [callSite(), String(name)].filter((part) => part !== undefined);
    throw new PipelineMistake({ code: "bad-kind", message: `kind "${name}": ${problem}`, path, fix });
  };
  for (const option of Object.keys(unknown))
    refuse(`there is no option "${option}"`, "options: name, shards, maps, joins, shares, tokenizer, shown");
  if (builtInKinds.has(name)) refuse("crisol has a kind of this name", `choose a name other than ${[...builtInKinds.keys()].join(", ")}`);
  const parsed = KindDeclaration.safeParse({
    name,
    ...(shards === undefined ? {} : { shards }),
    maps,
    joins,
    shares,
    tokenizer: tokenizer ? "tied" : "none",
    ...(shown === undefined ? {} : { shown }),
  });
  if (parsed.data === undefined) {
    const problem = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
    return refuse(problem, 'write defineKind({ name: "embeddings", shards: "vectors" })');
  }
  return Object.freeze({ ...parsed.data, name });
}

/** A kind by its name, with its declaration if it is one of the user's: what ports and outputs hold. */
export function kindFields(kind: string | Kind): { readonly kind: string; readonly declaration?: KindDeclaration } {
  return typeof kind === "string" ? { kind } : { kind: kind.name, declaration: kind };
}
