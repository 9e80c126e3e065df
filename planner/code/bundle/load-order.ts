/**
 * The order in which the modules of a bundle are loaded: it follows from what they do, not from their names or the order of their imports.
 *
 * A module comes after those that it imports. Among these, modules that do something when they are loaded are sorted by the digest of what they do; so a
 * file that is renamed, moved or imported on another line changes nothing. `import "./setup.ts"`, which is there for what it does, stays where it is, and
 * nothing moves past it. Packages keep the order they were published with.
 */
import type { Metafile } from "esbuild";
import type { Program } from "../meaning/program.ts";
import type { Section } from "../meaning/section.ts";
import { hasCycle, isOfPackage } from "./import-graph.ts";

/** What the order depends on. */
export interface LoadOrderOptions {
  readonly metafile: Metafile;
  readonly entry: string;
  readonly program: Program;
  readonly sections: readonly Section[];
  /** What an input imports for its side effects alone, as it names it. */
  readonly bareImports: (input: string) => readonly string[];
}

/**
 * The sections of a bundle in the order in which they are to run; the bundler's own come first.
 *
 * Where source files import one another in a circle, they may only work in the order in which they are written, so it is kept.
 */
export function inLoadOrder(options: LoadOrderOptions): Section[] {
  const { metafile, entry, sections } = options;
  if (hasCycle(metafile, entry)) return [...sections];
  const ordered = new LoadOrder(options).of(entry);
  return [...sections.filter((section) => section.input === undefined || !ordered.includes(section)), ...ordered];
}

class LoadOrder {
  readonly #options: LoadOrderOptions;
  readonly #sectionsOf: Map<string | undefined, Section[]>;
  readonly #orders = new Map<string, readonly Section[]>();
  readonly #ranks = new Map<string, string>();

  constructor(options: LoadOrderOptions) {
    this.#options = options;
    this.#sectionsOf = Map.groupBy(options.sections, ({ input }) => input);
  }

  /** Sections of an input and of everything that it imports, each once. */
  of(input: string): readonly Section[] {
    const known = this.#orders.get(input);
    if (known !== undefined) return known;
    // packages may import one another in a circle: the one that is reached second is loaded before the first
    this.#orders.set(input, []);
    const sections = this.#sectionsOf.get(input) ?? [];
    const body = sections.at(-1);
    const ordered = new Set(
      this.#groups(input)
        .flatMap((group) => this.#sorted(group, input))
        .flatMap((imported) => [...this.of(imported), ...this.#takingFrom(imported, sections.slice(0, -1))]),
    );
    for (const section of [...sections.slice(0, -1), ...(body === undefined ? [] : [body])]) ordered.add(section);
    this.#orders.set(input, [...ordered]);
    return [...ordered];
  }

  /** The imports of an input, in groups that must stay in their order; what is loaded when it is needed comes last. */
  #groups(input: string): string[][] {
    const { metafile, bareImports } = this.#options;
    const bare = new Set(bareImports(input));
    const imports = (metafile.inputs[input]?.imports ?? []).filter(({ external, path }) => external !== true && metafile.inputs[path]);
    const groups: string[][] = [[]];
    for (const { path, original } of imports.filter(({ kind }) => kind === "import-statement")) {
      if (isOfPackage(input) || bare.has(original ?? path)) groups.push([path], []);
      else groups.at(-1)?.push(path);
    }
    return [...groups, imports.filter(({ kind }) => kind !== "import-statement").map(({ path }) => path)];
  }

  #sorted(group: readonly string[], importer: string): string[] {
    if (group.length < 2) return [...group];
    const ranked = [...new Set(group)].map((imported) => ({ imported, rank: this.#rank(imported, importer) }));
    return ranked.sort((a, b) => (a.rank === b.rank ? 0 : a.rank < b.rank ? -1 : 1)).map(({ imported }) => imported);
  }

  /** The digest of what is done when an input is loaded by another; empty where nothing is. */
  #rank(imported: string, importer: string): string {
    const taking = this.#takingFrom(imported, (this.#sectionsOf.get(importer) ?? []).slice(0, -1));
    const name = `${imported}\0${taking.length === 0 ? "" : importer}`;
    const known = this.#ranks.get(name);
    if (known !== undefined) return known;
    const { program } = this.#options;
    const effects = program.effectsIn([...this.of(imported), ...taking]);
    const rank = effects.length === 0 ? "" : program.digestOfEffects(effects, ({ input }) => isOfPackage(input ?? ""));
    this.#ranks.set(name, rank);
    return rank;
  }

  /** Those of an importer's sections that take over what a CommonJS module exports. */
  #takingFrom(imported: string, sections: readonly Section[]): Section[] {
    const { program } = this.#options;
    return sections.filter((section) =>
      program.statementsIn(section).some((statement) => program.mentions(statement).some((name) => program.inputOf(name) === imported)),
    );
  }
}
