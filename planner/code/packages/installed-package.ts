import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import { z } from "zod";

const PackageJson = z.object({
  name: z.string().optional(),
  version: z.string().default("0.0.0"),
  dependencies: z.record(z.string(), z.string()).default({}),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
  os: z.unknown().optional(),
  cpu: z.unknown().optional(),
});

const LockFile = z.object({ packages: z.record(z.string(), z.looseObject({ version: z.string().optional() })).default({}) });

/** An npm package as it is on disk. */
export interface InstalledPackage {
  readonly name: string;
  readonly folder: string;
  readonly version: string;
  readonly dependencies: readonly string[];
  readonly optionalDependencies: readonly string[];
  /** Made for some platforms only. */
  readonly platformBound: boolean;
}

/** The package's name in an import specifier; undefined for relative, absolute, `#internal` and URL specifiers. */
export function packageName(specifier: string): string | undefined {
  return /^(@[^/@:\s]+\/[^/@:\s]+|[^./@#:\\\s][^/:\\\s]*)(\/|$)/.exec(specifier)?.[1];
}

/** The package that Node would take for a name, seen from a folder: the nearest `node_modules` upwards that has it. */
export function findPackage(name: string, from: string): InstalledPackage | undefined {
  for (const folder of placesOf(name, from)) {
    const manifest = join(folder, "package.json");
    if (!existsSync(manifest)) continue;
    const parsed = PackageJson.parse(JSON.parse(readFileSync(manifest, "utf8")));
    return {
      name,
      folder,
      version: parsed.version,
      dependencies: Object.keys(parsed.dependencies),
      optionalDependencies: Object.keys(parsed.optionalDependencies),
      platformBound: parsed.os !== undefined || parsed.cpu !== undefined,
    };
  }
  return undefined;
}

/**
 * Manifests that are looked for before a package's own, or at all where there is none: should one appear, the name means another package.
 *
 * @param found what the name means now, seen from the folder.
 */
export function earlierManifests(name: string, from: string, found: InstalledPackage | undefined): string[] {
  const places = [...placesOf(name, from)];
  const until = found === undefined ? places.length : places.indexOf(found.folder);
  return places.slice(0, until).map((folder) => join(folder, "package.json"));
}

/** The folders in which Node looks for a package, the nearest first. */
function* placesOf(name: string, from: string): Generator<string> {
  for (let folder = from; ; folder = dirname(folder)) {
    if (basename(folder) !== "node_modules") yield join(folder, "node_modules", name);
    if (dirname(folder) === folder) return;
  }
}

/**
 * Whether a package has native parts: a `.node` file or a `binding.gyp` of its own, or an installed companion package per platform.
 */
export function isNative(found: InstalledPackage): boolean {
  if (hasNativeFile(found.folder)) return true;
  return found.optionalDependencies.some((name) => {
    const companion = findPackage(name, found.folder);
    return companion?.platformBound === true && hasNativeFile(companion.folder);
  });
}

function hasNativeFile(folder: string): boolean {
  return readdirSync(folder, { withFileTypes: true }).some((entry) => {
    if (entry.isDirectory()) return entry.name !== "node_modules" && hasNativeFile(join(folder, entry.name));
    return entry.name.endsWith(".node") || entry.name === "binding.gyp";
  });
}

/** The lock file that an installed package is governed by: the `package-lock.json` beside the outermost `node_modules` above it. */
export function lockFileOf(found: InstalledPackage): string {
  const marker = `${sep}node_modules${sep}`;
  return join(found.folder.slice(0, found.folder.indexOf(marker)), "package-lock.json");
}

/** The version that a lock file names for an installed package; undefined without a lock file or an entry. */
export function lockedVersion(found: InstalledPackage, locks: Map<string, z.output<typeof LockFile>>): string | undefined {
  const path = lockFileOf(found);
  let lock = locks.get(path);
  if (lock === undefined) {
    lock = existsSync(path) ? LockFile.parse(JSON.parse(readFileSync(path, "utf8"))) : { packages: {} };
    locks.set(path, lock);
  }
  const entry = found.folder
    .slice(dirname(path).length + 1)
    .split(sep)
    .join("/");
  return lock.packages[entry]?.version;
}

export type Locks = Map<string, z.output<typeof LockFile>>;
