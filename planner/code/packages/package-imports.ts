import { isBuiltin } from "node:module";
import { dirname, join, resolve } from "node:path";
import type { Metafile, Plugin } from "esbuild";
import type { ExternalPackages } from "./external-packages.ts";
import { earlierManifests, type InstalledPackage, packageName } from "./installed-package.ts";

/** What the imports of packages come to, for one bundle. */
export interface FoundPackages {
  /** Packages with native parts that the bundle imports. */
  readonly externals: readonly InstalledPackage[];
  /**
   * The `package.json` by which each package was found (a link that leads elsewhere shows there), and those that are not there and would
   * have been found before.
   */
  readonly manifests: readonly string[];
}

/** Watches a build of esbuild's resolve packages, and keeps those with native parts outside. */
export class PackageImports {
  readonly #packages: ExternalPackages;
  /** By importer and specifier. */
  readonly #found = new Map<string, { readonly installed: InstalledPackage; readonly native: boolean }>();

  constructor(packages: ExternalPackages) {
    this.#packages = packages;
  }

  plugin(): Plugin {
    return {
      name: "crisol-packages",
      setup: (build) => {
        build.onResolve({ filter: /^[^./]/ }, ({ path, importer }) => {
          const name = packageName(path);
          const installed = name === undefined ? undefined : this.#packages.find(name, dirname(importer));
          if (installed === undefined) return undefined;
          const native = this.#packages.isNative(installed);
          this.#found.set(`${importer}\0${path}`, { installed, native });
          return native ? { path, external: true } : undefined;
        });
      },
    };
  }

  /**
   * The packages that some inputs of a build import.
   *
   * @param used specifiers that are left in the bundle; an import that tree shaking took away counts no more.
   */
  of(metafile: Metafile, inputs: readonly string[], options: { readonly root: string; readonly used: ReadonlySet<string> }): FoundPackages {
    const externals = new Map<string, InstalledPackage>();
    const manifests = new Set<string>();
    for (const input of inputs) {
      for (const { path, original } of metafile.inputs[input]?.imports ?? []) {
        const specifier = original ?? path;
        const importer = resolve(options.root, input);
        const found = this.#found.get(`${importer}\0${specifier}`);
        const name = isBuiltin(specifier) ? undefined : packageName(specifier);
        if (name !== undefined) for (const earlier of earlierManifests(name, dirname(importer), found?.installed)) manifests.add(earlier);
        if (found === undefined) continue;
        manifests.add(join(found.installed.folder, "package.json"));
        if (found.native && options.used.has(path)) externals.set(found.installed.folder, found.installed);
      }
    }
    return { externals: [...externals.values()], manifests: [...manifests].sort() };
  }
}
