import { z } from "zod";
import { FileEntry, type Manifest } from "../schemas/artifact.ts";
import { canonicalJson } from "../schemas/canonical-json.ts";
import { Digest, digestOf, shortDigest } from "../schemas/digest.ts";
import type { BrokenLink } from "./chain-link.ts";
import { isShard, readShard } from "./document-shards.ts";
import { Envelope } from "./dsse.ts";
import { filesRoot } from "./manifest.ts";
import { leafHash, MerkleRoot } from "./merkle.ts";
import type { Store } from "./store.ts";

/** The file of sealed documents that holds the signed statement. */
export const sealFile = "seal.dsse.json";

const statementType = "application/vnd.in-toto+json";

/** What of a seal's statement is compared. @see activities/seal/statement.ts */
const SealStatement = z.object({
  _type: z.literal("https://in-toto.io/Statement/v1"),
  predicateType: z.literal("urn:crisol:seal:v1"),
  subject: z.array(z.object({ name: z.string(), digest: z.object({ sha256: Digest }) })),
  predicate: z.object({ documentsRoot: Digest, documents: z.int().nonnegative(), sourcesRoot: Digest }),
});
type SealStatement = z.output<typeof SealStatement>;

/** A seal that was looked at. */
export interface SealFinding {
  /** The raw files that it names, as `path sha256`. */
  readonly sources: ReadonlySet<string>;
  readonly documents: number;
  readonly broken?: BrokenLink;
}

/**
 * Check the seal of sealed documents: the project's signature, every document against its hash, the root, and the raw files it names.
 *
 * @throws CrisolError SEAL_BROKEN when the signature does not hold; ARTIFACT_DAMAGED when a file of the artifact cannot be read.
 */
export async function verifySeal(store: Store, manifest: Manifest): Promise<SealFinding> {
  const envelope = Envelope.safeParse(await jsonOf(store, manifest, sealFile));
  if (!envelope.success || envelope.data.payloadType !== statementType) return broken("the seal is no signed in-toto statement", sealFile);
  const payload = await store.keyring.verify(envelope.data);
  const statement = SealStatement.safeParse(JSON.parse(payload.toString("utf8")));
  if (!statement.success) return broken("the signed statement is none of crisol's seals", sealFile);

  const sources = z.array(FileEntry).safeParse((await jsonOf(store, manifest, "sources.json")) ?? []);
  if (!sources.success) return broken("sources.json is no list of raw files", "sources.json");
  const finding = {
    sources: new Set(sources.data.map(({ path, sha256 }) => `${path} ${sha256}`)),
    documents: statement.data.predicate.documents,
  };
  const problem = sourcesProblem(statement.data, sources.data, manifest) ?? (await documentsProblem(store, manifest, statement.data));
  return problem === undefined ? finding : { ...finding, broken: problem };
}

function sourcesProblem({ predicate, subject }: SealStatement, sources: readonly FileEntry[], { files }: Manifest): BrokenLink | undefined {
  if (predicate.sourcesRoot !== filesRoot(sources))
    return { reason: "the signed root over the raw files is not that of sources.json", file: "sources.json" };
  const listed = new Set([...sources, ...files].map(({ path, sha256 }) => `${path} ${sha256}`));
  const unlisted = subject.find(({ name, digest }) => !listed.has(`${name} ${digest.sha256}`));
  return (
    unlisted && {
      reason: "the statement names a raw file that sources.json does not have",
      file: unlisted.name,
      digest: unlisted.digest.sha256,
    }
  );
}

async function documentsProblem(store: Store, manifest: Manifest, { predicate }: SealStatement): Promise<BrokenLink | undefined> {
  const entry = manifest.files.find(({ path }) => path === "hashes");
  if (entry === undefined) return { reason: "the documents' hashes are missing", file: "hashes" };
  const hashes = await store.blobs.readAll(entry.sha256);
  const tree = new MerkleRoot();
  for (const { path, sha256 } of manifest.files.filter((file) => isShard(file.path))) {
    for await (const document of readShard(store.blobs.read(sha256), path)) {
      const hash = digestOf(canonicalJson(document));
      const place = tree.leaves * 32;
      if (hashes.toString("hex", place, place + 32) !== hash) {
        return { reason: `document ${document.id} (${document.source}) is not the one that was sealed`, file: path, digest: sha256 };
      }
      tree.add(leafHash(Buffer.from(hash, "hex")));
    }
  }
  const { documents, documentsRoot } = predicate;
  if (tree.leaves !== documents) return { reason: `${documents} documents were sealed, ${tree.leaves} are there`, file: "documents/" };
  const root = tree.root();
  if (root === documentsRoot) return undefined;
  return { reason: `the signed root over the documents is ${shortDigest(documentsRoot)}, theirs is ${shortDigest(root)}`, file: sealFile };
}

/** A JSON file of an artifact; undefined when it has none of that name, or the file is no JSON. */
async function jsonOf(store: Store, { files }: Manifest, path: string): Promise<unknown> {
  const entry = files.find((file) => file.path === path);
  if (entry === undefined) return undefined;
  try {
    return JSON.parse((await store.blobs.readAll(entry.sha256)).toString("utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function broken(reason: string, file: string): SealFinding {
  return { sources: new Set(), documents: 0, broken: { reason, file } };
}
