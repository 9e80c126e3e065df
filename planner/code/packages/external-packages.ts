import { join } from "node:path";
import {
  earlierManifests,
  findPackage,
  type InstalledPackage,
  isNative,
  type Locks,
  lockedVersion,
  lockFileOf,
} from "./installed-package.ts";

/** Packages that stay outside of a bundle, with their whole dependency closure. */
export interface Externals {
  /** Name to version; several versions of one name are joined by ", ". */
  readonly versions: { readonly [name: string]: string };
  /** Files that decide this, also by their absence: a change to one of them may change the versions. */
  readonly evidence: readonly string[];
}

/** Finds which packages have native parts; remembers what it saw, so create one for each planning. */
export class ExternalPackages {
  readonly #found = new Map<string, InstalledPackage | undefined>();
  readonly #native = new Map<string, boolean>();
  readonly #locks: Locks = new Map();

  /** The package that a name means, seen from a folder. */
  find(name: string, from: string): InstalledPackage | undefined {
    const key = `${name}\0${from}`;
    if (!this.#found.has(key)) this.#found.set(key, findPackage(name, from));
    return this.#found.get(key);
  }

  /** Whether a package has native parts and must stay outside of bundles. */
  isNative(found: InstalledPackage): boolean {
    const native = this.#native.get(found.folder) ?? isNative(found);
    this.#native.set(found.folder, native);
    return native;
  }

  /**
   * The versions of these packages and of everything they depend on.
   *
   * A package that is installed in another version than the lock file names is listed with both, so that it matches no record and no host.
   * Companions for one platform are left out: their versions follow from their owner's.
   */
  closure(roots: Iterable<InstalledPackage>): Externals {
    const versions = new Map<string, Set<string>>();
    const evidence = new Set<string>();
    const seen = new Set<string>();
    const waiting = [...roots];
    for (let found = waiting.pop(); found !== undefined; found = waiting.pop()) {
      if (seen.has(found.folder)) continue;
      seen.add(found.folder);
      evidence.add(join(found.folder, "package.json")).add(lockFileOf(found));
      const locked = lockedVersion(found, this.#locks);
      const known = versions.get(found.name) ?? new Set();
      versions.set(
        found.name,
        known.add(locked === undefined || locked === found.version ? found.version : `${found.version} (locked: ${locked})`),
      );
      for (const name of [...found.dependencies, ...found.optionalDependencies]) {
        const needed = findPackage(name, found.folder);
        for (const earlier of earlierManifests(name, found.folder, needed)) evidence.add(earlier);
        if (needed !== undefined && !(needed.platformBound && found.optionalDependencies.includes(name))) waiting.push(needed);
      }
    }
    return {
      versions: Object.fromEntries(
        [...versions].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, known]) => [name, [...known].sort().join(", ")]),
      ),
      evidence: [...evidence].sort(),
    };
  }
}
