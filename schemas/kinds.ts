import { z } from "zod";

/** The name of a kind of artifact: a short noun, because it appears in type errors. */
export const KindName = z.string().regex(/^[a-z][A-Za-z0-9-]{0,31}$/, "expected a short name: a to z, A to Z, 0 to 9 and hyphens");

/** What is declared of a kind of artifact: plain data, which plans and manifests carry for the kinds that users declare. */
export const KindDeclaration = z.object({
  name: KindName,
  /** The folder of its shards: the files in it that have one number ("vectors/00007.bin", "vectors/00007.json") are one shard. Absent: no shards. */
  shards: KindName.exactOptional(),
  /** Whether a stage can map over it: shard by shard, or over neighbouring files if it has no shards. */
  maps: z.boolean(),
  /** Whether parts that a mapped stage writes of it are joined: shards are renumbered, other files gathered. */
  joins: z.boolean(),
  /** Whether a shard of it comes with what all shards share: the files beside them, and the meta of the whole. */
  shares: z.boolean(),
  /** Whether it is tied to a tokenizer, or is one. */
  tokenizer: z.enum(["none", "tied", "own"]),
  /** How it is shown: text with the names of counts and meta in braces, "{vectors} vectors of {dimensions} dimensions". Absent: its counts. */
  shown: z.string().min(1).max(200).exactOptional(),
});
export type KindDeclaration = z.output<typeof KindDeclaration>;

/** The rules of a kind that has no shards and no ties. */
const plain = { maps: false, joins: false, shares: true, tokenizer: "none" } as const;

/** The kinds that crisol itself declares: a new one is one entry. */
const builtIn = {
  /** The user's own files, as they are on disk: not in the store, so they can be read and not written. */
  files: { ...plain, name: "files", maps: true, raw: true },
  /** Its other files are about the documents as a whole (the root of their seal), and change with every one of them. */
  documents: { ...plain, name: "documents", shards: "documents", maps: true, joins: true, shares: false },
  tokenizer: { ...plain, name: "tokenizer", tokenizer: "own" },
  tokens: { ...plain, name: "tokens", shards: "tokens", maps: true, joins: true, tokenizer: "tied" },
  checkpoint: { ...plain, name: "checkpoint", tokenizer: "tied" },
  model: { ...plain, name: "model", tokenizer: "tied" },
  report: { ...plain, name: "report" },
} as const satisfies { readonly [name: string]: KindDeclaration & { readonly raw?: true } };

/** A kind that crisol itself declares. */
export type BuiltInKind = keyof typeof builtIn;

/** The built-in kinds of which something holds: `KindsThat<"maps">` can be mapped over. */
export type KindsThat<Rule extends "maps" | "joins"> = {
  [K in BuiltInKind]: (typeof builtIn)[K][Rule] extends true ? K : never;
}[BuiltInKind];

/** The built-in kinds, by name. */
export const builtInKinds: ReadonlyMap<string, KindDeclaration> = new Map(Object.entries(builtIn));

/** What names a kind: a manifest, a port, an output. A kind of the user's comes with its declaration. */
export interface OfKind {
  readonly kind: string;
  readonly declaration?: KindDeclaration;
}

/** The declaration of a kind; one that is not known (from a newer version) is taken for files without shards. */
export function kindOf({ kind, declaration }: OfKind): KindDeclaration {
  return builtInKinds.get(kind) ?? declaration ?? { ...plain, name: kind };
}

/** Whether an artifact's files are the user's own, and not in the store. */
export function isRaw({ kind }: OfKind): boolean {
  return kind === builtIn.files.name;
}

/** The number of a shard's file: its place in the kind's folder ("00007"), and what comes after ("bin"); undefined for a file of no shard. */
export function shardFile(
  of: OfKind,
  path: string,
): { readonly folder: string; readonly number: string; readonly ending: string } | undefined {
  const folder = kindOf(of).shards;
  const [, number, ending] =
    folder !== undefined && path.startsWith(`${folder}/`) ? (/^(\d{5,})(\.[^/]+)$/.exec(path.slice(folder.length + 1)) ?? []) : [];
  return folder === undefined || number === undefined || ending === undefined ? undefined : { folder, number, ending };
}
