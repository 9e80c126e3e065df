import type { FileEntry, Manifest } from "../../schemas/artifact.ts";
import { canonicalJson } from "../../schemas/canonical-json.ts";
import { digestOf, shortDigest } from "../../schemas/digest.ts";
import { jsonOrUndefined } from "../../schemas/json-text.ts";
import { SealStatement, Sources, sealFile, sealPayloadType, sourcesFile } from "../../schemas/seal.ts";
import { isShard, readShard } from "../artifacts/document-shards.ts";
import { fileOf } from "../artifacts/manifest.ts";
import { filesRoot, leafHash, MerkleRoot } from "../artifacts/merkle.ts";
import { Envelope } from "../signing/dsse.ts";
import type { Store } from "../store.ts";
import type { BrokenLink } from "./chain-link.ts";

/** The result of checking a seal. */
export interface SealFinding {
  /** The raw files that the seal names, as `path sha256`. */
  readonly sources: ReadonlySet<string>;
  readonly documents: number;
  readonly broken?: BrokenLink;
}

/**
 * Check the seal of sealed documents: the project's signature, every document against its hash, the root, and the raw files it names.
 *
 * @throws CrisolError SEAL_BROKEN when the signature is invalid; ARTIFACT_DAMAGED when a file of the artifact cannot be read.
 */
export async function verifySeal(store: Store, manifest: Manifest): Promise<SealFinding> {
  const envelope = Envelope.safeParse(await jsonOf(store, manifest, sealFile));
  if (!envelope.success || envelope.data.payloadType !== sealPayloadType)
    return broken("the seal is not a signed in-toto statement", sealFile);
  const payload = await store.keyring.verify(envelope.data);
  const statement = SealStatement.safeParse(jsonOrUndefined(payload.toString("utf8")));
  if (!statement.success) return broken("the signed statement is not one of crisol's seals", sealFile);

  const sources = Sources.safeParse((await jsonOf(store, manifest, sourcesFile)) ?? []);
  if (!sources.success) return broken("sources.json is not a list of raw files", sourcesFile);
  const finding = {
    sources: new Set(sources.data.map(({ path, sha256 }) => `${path} ${sha256}`)),
    documents: statement.data.predicate.documents,
  };
  const problem = sourcesProblem(statement.data, sources.data, manifest) ?? (await documentsProblem(store, manifest, statement.data));
  return problem === undefined ? finding : { ...finding, broken: problem };
}

function sourcesProblem({ predicate, subject }: SealStatement, sources: readonly FileEntry[], { files }: Manifest): BrokenLink | undefined {
  if (predicate.sourcesRoot !== filesRoot(sources))
    return { reason: "the signed root over the raw files is not that of sources.json", file: sourcesFile };
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
  const entry = fileOf(manifest, "hashes");
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
  if (tree.leaves !== documents) return { reason: `${documents} documents were sealed, but there are ${tree.leaves}`, file: "documents/" };
  const root = tree.root();
  if (root === documentsRoot) return undefined;
  return { reason: `the signed root over the documents is ${shortDigest(documentsRoot)}, theirs is ${shortDigest(root)}`, file: sealFile };
}

/** A JSON file of an artifact; undefined when it has none of that name, or the file is not JSON. */
async function jsonOf(store: Store, manifest: Manifest, path: string): Promise<unknown> {
  const entry = fileOf(manifest, path);
  return entry && jsonOrUndefined((await store.blobs.readAll(entry.sha256)).toString("utf8"));
}

function broken(reason: string, file: string): SealFinding {
  return { sources: new Set(), documents: 0, broken: { reason, file } };
}
