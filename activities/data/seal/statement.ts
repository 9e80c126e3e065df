import { type Digest, digestOf } from "../../../schemas/digest.ts";
import { type SealStatement, type Sources, sourcesFile } from "../../../schemas/seal.ts";
import { filesRoot } from "../../../store/artifacts/merkle.ts";

/** Above this many raw files the statement names their list instead, as one subject. */
const mostSubjects = 10_000;

/** The statement that a seal signs, over raw files and documents. */
export function sealStatement(
  sourcesText: string,
  sources: Sources,
  documents: { readonly root: Digest; readonly count: number },
): SealStatement {
  const subject =
    sources.length <= mostSubjects
      ? sources.map(({ path, sha256 }) => ({ name: path, digest: { sha256 } }))
      : [{ name: sourcesFile, digest: { sha256: digestOf(sourcesText) } }];
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject,
    predicateType: "urn:crisol:seal:v1",
    predicate: { documentsRoot: documents.root, documents: documents.count, hashes: "sha256", sourcesRoot: filesRoot(sources) },
  };
}
