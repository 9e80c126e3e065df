/** What a seal says: an in-toto statement about raw files and the documents read from them. */

import { z } from "zod";
import { FileEntry } from "../../schemas/artifact.ts";
import { canonicalJson } from "../../schemas/canonical-json.ts";
import { type Digest, digestOf } from "../../schemas/digest.ts";
import type { JsonObject } from "../../schemas/json.ts";
import { leafHash, merkleRoot } from "../../store/merkle.ts";

/** The media type under which the statement is signed. */
export const statementType = "application/vnd.in-toto+json";
export const sealPredicateType = "urn:crisol:seal:v1";

/** Raw files as ingest read them: the contents of `sources.json`. */
export const Sources = z.array(FileEntry);
export type Sources = z.output<typeof Sources>;

/** Above this many raw files the statement names their list instead, as one subject. */
const mostSubjects = 10_000;

/** The Merkle root over the raw files: the leaves are their entries in canonical JSON, as in a manifest. */
export function sourcesRoot(sources: Sources): Digest {
  return merkleRoot(sources.map(({ path, bytes, sha256 }) => leafHash(canonicalJson({ path, bytes, sha256 }))));
}

/**
 * The statement over raw files and documents.
 *
 * `documentsRoot` is the Merkle root whose leaves are the 32-byte hashes in the file `hashes`, one a document, in order; the hash of a
 * document is the sha-256 of its canonical JSON.
 *
 * @see in-toto Attestation Framework, Statement v1; RFC 6962, section 2.1; RFC 8785
 */
export function sealStatement(
  sourcesText: string,
  sources: Sources,
  documents: { readonly root: Digest; readonly count: number },
): JsonObject {
  const subject =
    sources.length <= mostSubjects
      ? sources.map(({ path, sha256 }) => ({ name: path, digest: { sha256 } }))
      : [{ name: "sources.json", digest: { sha256: digestOf(sourcesText) } }];
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject,
    predicateType: sealPredicateType,
    predicate: { documentsRoot: documents.root, documents: documents.count, hashes: "sha256", sourcesRoot: sourcesRoot(sources) },
  };
}
