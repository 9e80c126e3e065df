import { type ArtifactRef, Manifest } from "../../schemas/artifact.ts";
import type { Digest } from "../../schemas/digest.ts";
import { CrisolError, isCrisolError } from "../../schemas/error.ts";
import { jsonOrUndefined } from "../../schemas/json-text.ts";
import { isRaw } from "../../schemas/kinds.ts";
import { BoundedMap } from "../../system/bounded-map.ts";
import { type Damage, damagedArtifact, describeDamage } from "../damage.ts";
import type { Blobs } from "../objects/blobs.ts";
import { type ArtifactDraft, manifestOf, manifestText, refOf } from "./manifest.ts";
import { filesRoot } from "./merkle.ts";

/** Artifacts: immutable manifests over blobs. */
export class Artifacts {
  readonly #blobs: Blobs;
  /** Manifests read before: they never change. */
  readonly #read = new BoundedMap<Digest, Manifest>(256);

  constructor(blobs: Blobs) {
    this.#blobs = blobs;
  }

  /**
   * Store an artifact whose files are already blobs (or, for kind `files`, are in the user's project); the same draft twice is one artifact.
   *
   * @throws CrisolError STAGE_FAILED when it is not a valid artifact; STORE_FULL, STORE_UNWRITABLE.
   */
  async commit(draft: ArtifactDraft): Promise<ArtifactRef> {
    const parsed = Manifest.safeParse(manifestOf(draft));
    if (!parsed.success)
      throw notAnArtifact(draft, parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "));
    await this.#blobs.put(manifestText(parsed.data));
    return refOf(parsed.data);
  }

  /**
   * The manifest of an artifact, verified.
   *
   * @throws CrisolError ARTIFACT_DAMAGED
   */
  async manifest(digest: Digest): Promise<Manifest> {
    const known = this.#read.get(digest);
    if (known !== undefined && (await this.#blobs.check(digest)) === undefined) return known;
    const manifest = parseManifest(digest, await this.#blobs.readAll(digest).catch((error) => Promise.reject(ofArtifact(error, digest))));
    this.#read.set(digest, manifest);
    return manifest;
  }

  /**
   * What is wrong with an artifact: its manifest or a file of it missing or altered; undefined when it is sound.
   *
   * Costs a stat for each file that was verified before and has not changed; `deep` reads every byte. The raw files of a `files` artifact are not in
   * the store: only its manifest is checked.
   */
  async check(ref: Pick<ArtifactRef, "digest">, options: { deep?: boolean } = {}): Promise<Damage | undefined> {
    const [first] = await this.damages(ref, { ...options, first: true });
    return first;
  }

  /** Everything that is wrong with an artifact, in order of path. */
  async damages(ref: Pick<ArtifactRef, "digest">, options: { deep?: boolean; first?: boolean } = {}): Promise<Damage[]> {
    const artifact = ref.digest;
    const ofManifest = await this.#blobs.check(artifact, options);
    if (ofManifest !== undefined) return [{ blob: artifact, artifact, producer: null, what: describeDamage(ofManifest) }];
    const manifest = await this.manifest(artifact);
    if (isRaw(manifest)) return [];
    const damages: Damage[] = [];
    for (const { path, sha256 } of manifest.files) {
      const damage = await this.#blobs.check(sha256, options);
      if (damage === undefined) continue;
      damages.push({ blob: sha256, artifact, producer: manifest.producer, path, what: describeDamage(damage) });
      if (options.first) break;
    }
    return damages;
  }
}

/** An error from reading a manifest's blob, as an error of its artifact. */
function ofArtifact(error: unknown, digest: Digest): unknown {
  if (!isCrisolError(error) || error.parts.code !== "ARTIFACT_DAMAGED") return error;
  return damagedArtifact({ blob: digest, artifact: digest, producer: null, what: error.parts.what }, { cause: error });
}

function parseManifest(digest: Digest, bytes: Buffer): Manifest {
  const parsed = Manifest.safeParse(jsonOrUndefined(bytes.toString("utf8")));
  if (!parsed.success || filesRoot(parsed.data.files) !== parsed.data.root) throw notAManifest(digest);
  return parsed.data;
}

function notAManifest(digest: Digest): CrisolError {
  return new CrisolError({
    code: "NOT_FOUND",
    what: "the digest names a file in the store, but not an artifact",
    where: `blob ${digest}`,
    why: "only an artifact has kind, facts and files",
    fix: "use the digest of an artifact: `crisol artifacts list` shows them",
  });
}

function notAnArtifact(draft: ArtifactDraft, problem: string): CrisolError {
  return new CrisolError({
    code: "STAGE_FAILED",
    what: `what a stage wrote is not a valid artifact: ${problem}`,
    where: `the ${draft.kind} written by ${draft.producer ?? "the planner"}`,
    why: "no stage could read it",
    fix: "fix the stage's code",
  });
}
