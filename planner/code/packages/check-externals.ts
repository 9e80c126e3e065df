import type { CodePackage } from "../../../schemas/code-package.ts";
import { ExternalPackages } from "./external-packages.ts";
import { findPackage } from "./installed-package.ts";

/**
 * How the packages that a bundle imports differ, as they are installed, from those it was planned with: one line each, none if all is as planned.
 *
 * @param folders where packages are looked up, in this order: crisol's folder, the project's.
 */
export function checkExternals({ imports, externals }: Pick<CodePackage, "imports" | "externals">, folders: readonly string[]): string[] {
  if (imports.length === 0) return [];
  const roots = imports.flatMap((name) => {
    const found = folders.map((folder) => findPackage(name, folder)).find((installed) => installed !== undefined);
    return found === undefined ? [] : [found];
  });
  const { versions } = new ExternalPackages().closure(roots);
  return [...new Set([...Object.keys(externals), ...Object.keys(versions)])]
    .sort()
    .filter((name) => externals[name] !== versions[name] || versions[name]?.includes("locked: "))
    .map((name) => `${name}: planned with ${externals[name] ?? "none"}, installed ${versions[name] ?? "none"}`);
}
