import { createReadStream, readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { StageSpec } from "../../dsl/graph/graph.ts";
import { canonicalJson } from "../../schemas/canonical-json.ts";
import { codeMapHead } from "../../schemas/code-map.ts";
import { CODE_PACKAGE_VERSION, type CodePackage, workOf } from "../../schemas/code-package.ts";
import { type Digest, digestOfJson } from "../../schemas/digest.ts";
import type { PlanOutput } from "../../schemas/plan.ts";
import { crisolFolder, fileLabel, pathWithin } from "../../system/package-folder.ts";
import type { PlannerStore } from "../planner-store.ts";
import { type Bundle, bundleStages } from "./bundle/bundle.ts";
import { codeMapBytes } from "./code-map.ts";
import { type CommandFile, findCommandFiles } from "./command-files.ts";
import { changedAround, FileStamps } from "./file-stamp.ts";
import { type CachedPackage, PackageCache } from "./package-cache.ts";
import { ExternalPackages } from "./packages/external-packages.ts";
import { findPackage } from "./packages/installed-package.ts";
import { stageEntry } from "./stage-entry.ts";

/** Files that decide how a package looks, those beside and below this one: a change to one recreates every package. */
const packager = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.[jt]s$/.test(name) && !name.includes(".test."))
  .map((name) => join(import.meta.dirname, name));

/** Packages that decide it too: the versions that are installed. */
const toolchain = ["esbuild", "oxc-parser", "magic-string"];

/** A stage's code in the store: the digest of its package, and of what that means. */
export interface PackagedCode {
  readonly code: Digest;
  readonly work: Digest;
}

/** What packaging needs to know. */
export interface PackagingOptions {
  /** The project's folder. */
  readonly project: string;
  readonly store: Pick<PlannerStore, "blobs" | "heads">;
  /** The cache's file. */
  readonly cache: string;
}

/**
 * Put the code of stages into the store, as content, and beside it where it comes from.
 *
 * @returns of each stage the digest of its `CodePackage`, and of what that means: `work` is equal for equal code, whatever its files are called and
 *   wherever they are.
 * @throws CrisolError PIPELINE_INVALID when a stage cannot be bundled.
 */
export async function packageStages(specs: Iterable<StageSpec>, options: PackagingOptions): Promise<Map<StageSpec, PackagedCode>> {
  const { store } = options;
  // esbuild names files by their path without links
  const project = realpathSync(options.project);
  const stamps = new FileStamps();
  const cache = PackageCache.open(options.cache);
  const versions = toolchain.map((name) => findPackage(name, crisolFolder)?.version ?? "");
  const codes = new Map<StageSpec, PackagedCode>();
  const changed: { spec: StageSpec; key: Digest; files: readonly CommandFile[] }[] = [];
  for (const spec of new Set(specs)) {
    const files = spec.code.type === "command" ? await findCommandFiles(spec.name, spec.code, project) : [];
    const key = digestOfJson({
      toolchain: versions,
      project,
      name: spec.name,
      code: spec.code.type,
      path: fileURLToPath(spec.code.url),
      outputs: outputsOf(spec),
      ...mapOf(spec),
      ...(spec.code.type === "command"
        ? { words: [...spec.code.words], files: files.map(({ from }) => from), ports: JSON.stringify(spec.code.ports) }
        : {}),
    });
    const cached = cache.get(key, stamps);
    if (cached !== undefined && (await isStored(cached, store))) {
      codes.set(spec, { code: cached.code, work: cached.work });
      await pointToMap(cached, store);
    } else changed.push({ spec, key, files });
  }
  if (changed.length === 0) return codes;

  const started = Date.now();
  const packages = new ExternalPackages();
  for (const [root, group] of Map.groupBy(changed, ({ spec }) => rootOf(spec, project))) {
    const entries = await Promise.all(group.map(async ({ spec }) => ({ stage: spec.name, module: await stageEntry(spec) })));
    const bundles = await bundleStages(entries, root, packages);
    for (const [index, { spec, key, files }] of group.entries()) {
      const bundle = bundles[index];
      if (bundle === undefined) throw new Error(`no bundle for stage ${spec.name}`);
      const externals = packages.closure(bundle.externals);
      const laid = await putFiles(files, store);
      const { sha256: text } = await store.blobs.put(bundle.text);
      const made: CodePackage = { ...describe(spec, bundle, laid), bundle: text, externals: { ...externals.versions } };
      const { sha256: code } = await store.blobs.put(canonicalJson(made));
      const packaged = { code, work: workOf(made) };
      const { sha256: map } = await store.blobs.put(codeMapBytes(bundle, files, (path) => fileLabel(project, path)));
      await pointToMap({ code, map }, store);
      codes.set(spec, packaged);
      const manifests = [crisolFolder, project].map((folder) => join(folder, "package.json"));
      const ofCommand = files.map(({ from }) => from);
      const inputs = [...new Set([...bundle.inputs, ...ofCommand, ...externals.evidence, ...manifests, ...packager])];
      const found = { ...packaged, blobs: [made.bundle, ...laid.map(({ sha256 }) => sha256)], map };
      if (!inputs.some((path) => changedAround(path, started))) cache.set(key, found, inputs, stamps);
    }
  }
  cache.save();
  return codes;
}

/** A file of a command, kept. */
interface LaidFile extends CommandFile {
  readonly sha256: Digest;
}

async function putFiles(files: readonly CommandFile[], { blobs }: PackagingOptions["store"]): Promise<LaidFile[]> {
  return Promise.all(files.map(async (file) => ({ ...file, sha256: (await blobs.put(createReadStream(file.from))).sha256 })));
}

function describe(spec: StageSpec, bundle: Bundle, laid: readonly LaidFile[]) {
  return {
    version: CODE_PACKAGE_VERSION,
    stage: spec.name,
    outputs: outputsOf(spec),
    ...mapOf(spec),
    program: bundle.program,
    ...(spec.code.type === "command"
      ? { command: { words: [...spec.code.words], files: laid.map(({ path, sha256 }) => ({ path, sha256 })) } }
      : {}),
    imports: [...new Set(bundle.externals.map(({ name }) => name))].sort(),
  } as const satisfies Omit<CodePackage, "bundle" | "externals">;
}

/** Store where a package comes from now: its source may have been reformatted, or be in another checkout. */
async function pointToMap({ code, map }: Pick<CachedPackage, "code" | "map">, { heads }: PackagingOptions["store"]): Promise<void> {
  const name = codeMapHead(code);
  if ((await heads.get(name))?.value !== map) await heads.set(name, map, { attempt: 0 });
}

async function isStored({ code, blobs: named, map }: CachedPackage, { blobs }: PackagingOptions["store"]): Promise<boolean> {
  for (const digest of [code, ...named, map]) if ((await blobs.check(digest)) !== undefined) return false;
  return true;
}

function mapOf({ map }: StageSpec): Pick<CodePackage, "map"> {
  return map === undefined ? {} : { map };
}

/** The outputs of a stage, as a plan and a code package name them. */
export function outputsOf(spec: StageSpec): { [name: string]: PlanOutput } {
  return Object.fromEntries(
    spec.outputs.map(({ name, kind, declaration, adds, from }) => [
      name,
      { kind, ...(declaration === undefined ? {} : { declaration }), adds: [...adds], ...(from === undefined ? {} : { from }) },
    ]),
  );
}

/** Built-in stages are bundled from crisol's own folder, so that they come out alike in every project. */
function rootOf(spec: StageSpec, project: string): string {
  return pathWithin(crisolFolder, fileURLToPath(spec.code.url)) === undefined ? project : crisolFolder;
}
