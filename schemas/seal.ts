import { z } from "zod";
import { FileEntry } from "./artifact.ts";
import { Digest } from "./digest.ts";

/** The file of sealed documents that holds the signed statement. */
export const sealFile = "seal.dsse.json";

/** The file of documents that lists the raw files they came from, as ingest read them. */
export const sourcesFile = "sources.json";

/** The media type under which a seal's statement is signed. */
export const sealPayloadType = "application/vnd.in-toto+json";

/** The contents of `sources.json`. */
export const Sources = z.array(FileEntry);
export type Sources = z.output<typeof Sources>;

/**
 * What a seal states: raw files, and the documents read from them.
 *
 * `documentsRoot` is the Merkle root whose leaves are the 32-byte hashes in the file `hashes`, one per document, in order; the hash of a document is
 * the sha-256 of its canonical JSON. `sourcesRoot` is the root over the entries of `sources.json`, as in a manifest.
 *
 * @see in-toto Attestation Framework, Statement v1; RFC 6962, section 2.1; RFC 8785
 */
export const SealStatement = z.object({
  _type: z.literal("https://in-toto.io/Statement/v1"),
  subject: z.array(z.object({ name: z.string(), digest: z.object({ sha256: Digest }) })),
  predicateType: z.literal("urn:crisol:seal:v1"),
  predicate: z.object({ documentsRoot: Digest, documents: z.int().nonnegative(), hashes: z.literal("sha256"), sourcesRoot: Digest }),
});
export type SealStatement = z.output<typeof SealStatement>;
