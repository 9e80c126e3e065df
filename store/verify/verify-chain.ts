import type { ArtifactRef, Manifest } from "../../schemas/artifact.ts";
import { type Digest, shortDigest } from "../../schemas/digest.ts";
import { isRaw } from "../../schemas/kinds.ts";
import { codeOf } from "../../schemas/record.ts";
import { sealFile } from "../../schemas/seal.ts";
import { type LineageNode, lineage } from "../artifacts/lineage.ts";
import { fileOf } from "../artifacts/manifest.ts";
import { checkRawFile, rawPath } from "../artifacts/raw-files.ts";
import { type BlobDamage, describeDamage } from "../damage.ts";
import type { Store } from "../store.ts";
import { type BrokenLink, brokenBy, type ChainLink, reasonOf } from "./chain-link.ts";
import { codeProblem, recordProblem } from "./verify-record.ts";
import { verifySeal } from "./verify-seal.ts";

/** The result of a verification. */
export interface ChainReport {
  readonly artifact: Digest;
  /** In order of production: raw files first, the artifact itself last. */
  readonly links: readonly ChainLink[];
  /** The first link that does not hold; undefined when all do. */
  readonly firstBroken: ChainLink | undefined;
}

/** Options of a verification. */
export interface ChainOptions {
  /** The folder that the pipeline's globs were relative to, with the raw files. */
  readonly projectFolder: string;
  /** Called with each link as it is verified. */
  readonly onLink?: (link: ChainLink) => void;
}

/**
 * Follow an artifact back to the raw files it was derived from, offline, trusting nothing that was verified before.
 *
 * Every byte of every artifact is hashed again, every record compared with its manifests and its key recomputed, the seal's signature checked
 * and every sealed document hashed, and the raw files on disk hashed against what was pinned.
 */
export async function verifyChain(store: Store, ref: Pick<ArtifactRef, "digest">, options: ChainOptions): Promise<ChainReport> {
  const { nodes } = await lineage(store, ref);
  const chain = new Chain(store, nodes, options);
  for (const node of nodes) await chain.verify(node);
  chain.verifyCoverage();
  return { artifact: ref.digest, links: chain.links, firstBroken: chain.links.find((link) => link.broken !== undefined) };
}

/** One verification: what it has found, and what it has already checked. */
class Chain {
  readonly links: ChainLink[] = [];
  readonly #store: Store;
  readonly #options: ChainOptions;
  readonly #manifests: ReadonlyMap<Digest, Manifest | undefined>;
  readonly #hashed = new Map<Digest, BlobDamage | undefined>();
  readonly #code = new Set<Digest>();
  readonly #sealed = new Set<string>();

  constructor(store: Store, nodes: readonly LineageNode[], options: ChainOptions) {
    this.#store = store;
    this.#options = options;
    this.#manifests = new Map(nodes.map(({ digest, manifest }) => [digest, manifest]));
  }

  async verify(node: LineageNode): Promise<void> {
    const { digest, manifest, record, problem } = node;
    const of = { artifact: digest, ...(record === undefined ? {} : { stage: record.node }) };
    if (manifest === undefined) {
      const broken: BrokenLink = { reason: problem === undefined ? "its manifest cannot be read" : reasonOf(problem), digest };
      return this.#add({ type: "artifact", ...of, checked: "manifest", broken });
    }
    this.#add({ type: "artifact", ...of, checked: contentsOf(manifest), ...found(await this.#bytesProblem(digest, manifest)) });
    if (manifest.producer === null) return this.#verifyRawFiles(digest, manifest);

    const mismatch = recordProblem(digest, manifest, record, (input) => this.#manifests.get(input));
    this.#add({ type: "record", ...of, checked: `key ${shortDigest(manifest.producer)}`, ...found(mismatch) });
    const code = record && codeOf(record);
    if (record !== undefined && code !== undefined && !this.#code.has(code)) {
      this.#code.add(code);
      const checked = `code ${shortDigest(code)}`;
      this.#add({ type: "code", ...of, checked, ...found(await codeProblem(this.#store, record)) });
    }
    if (fileOf(manifest, sealFile) !== undefined) await this.#verifySeal(of, manifest);
  }

  /** Check that a seal names every raw file: without one, nothing is proved about it. */
  verifyCoverage(): void {
    for (const [artifact, manifest] of this.#manifests) {
      if (manifest === undefined || !isRaw(manifest)) continue;
      const bare = manifest.files.find(({ path, sha256 }) => !this.#sealed.has(`${path} ${sha256}`));
      const broken: BrokenLink | undefined = bare && { reason: "no seal names this raw file", file: bare.path, digest: bare.sha256 };
      this.#add({
        type: "seal",
        artifact,
        checked: `${manifest.files.length === 1 ? "the raw file is" : `all ${manifest.files.length} raw files are`} sealed`,
        ...found(broken),
      });
    }
  }

  async #bytesProblem(artifact: Digest, manifest: Manifest): Promise<BrokenLink | undefined> {
    const ofManifest = await this.#hash(artifact);
    if (ofManifest !== undefined) return { reason: describeDamage(ofManifest), digest: artifact };
    if (isRaw(manifest)) return undefined;
    for (const { path, sha256 } of manifest.files) {
      const damage = await this.#hash(sha256);
      if (damage !== undefined) return { reason: describeDamage(damage), file: path, digest: sha256 };
    }
    return undefined;
  }

  async #hash(digest: Digest): Promise<BlobDamage | undefined> {
    if (!this.#hashed.has(digest)) this.#hashed.set(digest, await this.#store.blobs.check(digest, { deep: true }));
    return this.#hashed.get(digest);
  }

  async #verifyRawFiles(artifact: Digest, manifest: Manifest): Promise<void> {
    const checked = `${contentsOf(manifest)} on disk`;
    let sound = true;
    for (const file of manifest.files) {
      const path = rawPath(manifest, file.path, this.#options.projectFolder);
      const broken = await brokenBy(async () => void (await checkRawFile(path, file, this.#store.files, { deep: true })));
      if (broken === undefined) continue;
      sound = false;
      this.#add({ type: "raw", artifact, checked, broken: { ...broken, file: file.path, digest: file.sha256 } });
    }
    if (sound) this.#add({ type: "raw", artifact, checked });
  }

  async #verifySeal(of: { artifact: Digest; stage?: string }, manifest: Manifest): Promise<void> {
    let documents = 0;
    const broken = await brokenBy(async () => {
      const finding = await verifySeal(this.#store, manifest);
      documents = finding.documents;
      if (finding.broken === undefined) for (const source of finding.sources) this.#sealed.add(source);
      return finding.broken;
    });
    this.#add({ type: "seal", ...of, checked: `signature over ${documents} documents`, ...found(broken) });
  }

  #add(link: ChainLink): void {
    this.links.push(link);
    this.#options.onLink?.(link);
  }
}

function found(broken: BrokenLink | undefined): { broken?: BrokenLink } {
  return broken === undefined ? {} : { broken };
}

function contentsOf({ files }: Manifest): string {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return `${files.length} ${files.length === 1 ? "file" : "files"}, ${bytes.toLocaleString("en-US")} bytes`;
}
