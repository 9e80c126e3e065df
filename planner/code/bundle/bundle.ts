import { join, resolve } from "node:path";
import type { BuildFailure, BuildOptions, Message, Plugin } from "esbuild";
import type { Digest } from "../../../schemas/digest.ts";
import { CrisolError } from "../../../schemas/error.ts";
import { ownModule } from "../../../system/package-folder.ts";
import { Program } from "../meaning/program.ts";
import type { ExternalPackages } from "../packages/external-packages.ts";
import type { InstalledPackage } from "../packages/installed-package.ts";
import { PackageImports } from "../packages/package-imports.ts";
import { type BundleMap, bundleMap } from "./bundle-map.ts";
import { PieceMinifier } from "./bundle-pieces.ts";
import { BundleSections } from "./bundle-sections.ts";
import { isFile, reachable } from "./import-graph.ts";
import { inLoadOrder } from "./load-order.ts";
import { type OwnSource, ownSources } from "./own-sources.ts";

/** A stage to bundle: the text of a module that exports its `run`, importing by absolute paths. */
export interface BundleEntry {
  readonly stage: string;
  readonly module: string;
}

/** A bundled module graph. */
export interface Bundle {
  readonly text: string;
  /** The digest of what it means: equal for the same code under other names, in other files and in another order. */
  readonly program: Digest;
  /** Every file that decided it, also those of which nothing is left. Absolute paths, sorted. */
  readonly inputs: readonly string[];
  /** Where the text comes from. */
  readonly map: BundleMap;
  /** Packages with native parts that it imports. */
  readonly externals: readonly InstalledPackage[];
}

const scheme = "crisol-stage:";

const settings = {
  write: false,
  metafile: true,
  sourcemap: "external",
  sourcesContent: false,
  bundle: true,
  treeShaking: true,
  format: "esm",
  platform: "node",
  target: "node24",
  legalComments: "none",
  charset: "utf8",
  keepNames: true,
  logLevel: "silent",
  // no tsconfig.json is read, because Node reads none either: code means what Node takes it to mean
  tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true, target: "esnext" } },
} as const satisfies BuildOptions;

/**
 * Bundle stages, each into one module, in one call of esbuild; the result depends on the files' code alone.
 *
 * @param root the folder that paths are relative to, where a text must name one (CommonJS modules).
 * @throws CrisolError PIPELINE_INVALID with all of esbuild's messages.
 */
export async function bundleStages(entries: readonly BundleEntry[], root: string, packages: ExternalPackages): Promise<Bundle[]> {
  const esbuild = await import("esbuild");
  const imports = new PackageImports(packages);
  const outdir = join(root, ".crisol-bundle");
  const sources = new Map<string, OwnSource>();
  const result = await esbuild
    .build({
      ...settings,
      absWorkingDir: root,
      entryPoints: entries.map((_, index) => ({ in: `${scheme}${index}`, out: String(index) })),
      outdir,
      plugins: [stageEntries(entries, root), withoutBuilding(), imports.plugin(), ownSources(sources)],
    })
    .catch((error: unknown) => {
      throw isBuildFailure(error) ? unbundled(error.errors) : error;
    });
  const minifier = new PieceMinifier(esbuild.transform);
  const shared = new BundleSections();
  return Promise.all(
    entries.map(async (_, index) => {
      const entry = `${scheme}${index}`;
      const [text, map] = ["js", "js.map"].map(
        (ending) => result.outputFiles.find(({ path }) => path === join(outdir, `${index}.${ending}`))?.text,
      );
      const output = Object.values(result.metafile.outputs).find(({ entryPoint }) => entryPoint === entry);
      if (text === undefined || map === undefined || output === undefined) throw new Error(`esbuild made no output for entry ${index}`);
      const reached = reachable(result.metafile, entry);
      const sections = await shared.cut(text, new Set(reached));
      const cut = new Set(sections.map(({ input }) => input));
      // what no section is of would be taken for esbuild's own, and would be in no key
      const missing = Object.entries(output.inputs).find(([input, { bytesInOutput }]) => bytesInOutput > 0 && !cut.has(input));
      if (missing !== undefined) throw new Error(`esbuild does not say which part of the bundle comes from ${missing[0]}`);
      const bareImports = (input: string) => sources.get(resolve(root, input))?.bareImports ?? [];
      const program = new Program(sections, (section, helpers) => shared.read(section, helpers));
      const ordered = inLoadOrder({ metafile: result.metafile, entry, program, sections, bareImports });
      const pieces = await minifier.minify(ordered);
      const used = new Set(output.imports.map(({ path }) => path));
      const { externals, manifests } = imports.of(result.metafile, reached, { root, used });
      const prelude = output.imports.some(({ kind }) => kind === "require-call") ? requirePrelude : "";
      return {
        text: prelude + pieces.map((piece) => piece.text).join(""),
        program: program.digest(program.effectsIn(ordered)),
        inputs: [...reached.filter(isFile).map((name) => resolve(root, name)), ...manifests].sort(),
        map: bundleMap(pieces, map, { root, outdir, sources }),
        externals,
      };
    }),
  );
}

function stageEntries(entries: readonly BundleEntry[], root: string): Plugin {
  return {
    name: "crisol-stages",
    setup(build) {
      build.onResolve({ filter: new RegExp(`^${scheme}`) }, ({ path }) => ({
        path: path.slice(scheme.length),
        namespace: scheme.slice(0, -1),
      }));
      build.onLoad({ filter: /.*/, namespace: scheme.slice(0, -1) }, ({ path }) => ({
        contents: entries[Number(path)]?.module ?? "",
        resolveDir: root,
        loader: "js",
      }));
    },
  };
}

/** A stage that runs builds no graph: of the language only what runs is in its bundle, and so in its digest. */
function withoutBuilding(): Plugin {
  const stage = ownModule("dsl/stage");
  return {
    name: "crisol-without-building",
    setup(build) {
      build.onLoad({ filter: /stage\.[jt]s$/ }, ({ path }) =>
        path === stage ? { contents: "export const defineStage=(meta,definition)=>definition", loader: "js" } : undefined,
      );
    },
  };
}

/** CommonJS modules in a bundle reach Node's own modules by `require`, which ECMAScript modules lack. */
const requirePrelude = 'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);';

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}

function unbundled(messages: readonly Message[]): CrisolError {
  const place = ({ location }: Message) => (location === null ? "" : `${location.file}:${location.line}:${location.column + 1}: `);
  return new CrisolError({
    code: "PIPELINE_INVALID",
    what: "the code of a stage cannot be bundled",
    where: messages.map((message) => `${place(message)}${message.text}`).join("\n"),
    why: "a stage runs from a bundle of everything it imports; without it nothing can be planned or run",
    fix: "correct the imports named above; a stage's module must export `run` (and `reduce`, where the stage says `reduce: true`)",
  });
}
