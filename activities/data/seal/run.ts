/** Hashes every document, and signs the root over them with the raw files they came from; the shards stay as they are. */
import type { InputArtifact, Run } from "../../../dsl/index.ts";
import { canonicalJson } from "../../../schemas/canonical-json.ts";
import { digestOf } from "../../../schemas/digest.ts";
import { CrisolError } from "../../../schemas/error.ts";
import { jsonOrUndefined } from "../../../schemas/json-text.ts";
import { Sources, sealFile, sealPayloadType, sourcesFile } from "../../../schemas/seal.ts";
import { Tally } from "../../../stage-code/tally.ts";
import { leafHash, MerkleRoot } from "../../../store/artifacts/merkle.ts";
import type { seal } from "./stage.ts";
import { sealStatement } from "./statement.ts";

/** Hashes per write. */
const batch = 4096;

export const run: Run<typeof seal> = async (context) => {
  const { documents } = context.inputs;
  const sealed = context.outputs.documents;
  const total = documents.manifest.counts.documents;
  const tree = new MerkleRoot();
  const tally = new Tally();

  async function* hashes(): AsyncGenerator<Uint8Array> {
    let pending: Buffer[] = [];
    for await (const document of documents.documents()) {
      context.signal.throwIfAborted();
      const hash = Buffer.from(digestOf(canonicalJson(document)), "hex");
      tree.add(leafHash(hash));
      pending.push(hash);
      tally.in += 1;
      if (pending.length < batch) continue;
      context.progress({ done: tally.in, total, unit: "documents" });
      yield Buffer.concat(pending);
      pending = [];
    }
    yield Buffer.concat(pending);
  }

  await sealed.write("hashes", hashes());
  const documentsRoot = tree.root();
  const sources = await sourcesOf(documents);
  const statement = sealStatement(sources.text, sources.files, { root: documentsRoot, count: tally.in });
  const envelope = await context.sign(sealPayloadType, Buffer.from(canonicalJson(statement)));
  await sealed.write(sealFile, `${JSON.stringify(envelope, undefined, 2)}\n`);
  for (const { path } of documents.manifest.files) {
    if (path.startsWith("documents/") || path === sourcesFile) sealed.reuse(documents, path);
  }
  for (const [name, value] of Object.entries(documents.manifest.counts)) sealed.count(name, value);
  sealed.meta("documentsRoot", documentsRoot);
  tally.out = tally.in;
  return tally.report({ documentsRoot, sources: sources.files.length });
};

/** The raw files behind the documents; none for documents that did not come from ingest. */
async function sourcesOf(documents: InputArtifact): Promise<{ text: string; files: Sources }> {
  if (!documents.manifest.files.some(({ path }) => path === sourcesFile)) return { text: "[]", files: [] };
  const text = await documents.text(sourcesFile);
  const parsed = Sources.safeParse(jsonOrUndefined(text));
  if (parsed.success) return { text, files: parsed.data };
  throw new CrisolError({
    code: "BAD_DATA",
    what: "sources.json is not a list of raw files",
    where: `sources.json of artifact ${documents.ref.digest}`,
    why: "a seal says which raw files the documents came from",
    fix: "read the documents with `ingest`; if your own stage copies sources.json, it must copy it unchanged",
  });
}
