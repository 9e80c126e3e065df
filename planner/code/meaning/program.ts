import { type Digest, digestOf } from "../../../schemas/digest.ts";
import { type Imported, namesDeclared, type Section, type SectionContent, type Statement } from "./section.ts";

/**
 * A bundle as what it means: what it declares, exports, and does when it is loaded.
 *
 * Everything that the modules of a graph declare stands at the top level of their bundle.
 */
export class Program {
  readonly helpers: ReadonlySet<string>;
  readonly #contents: ReadonlyMap<Section, SectionContent>;
  readonly #declaredBy = new Map<string, { readonly section: Section; readonly statement: Statement }[]>();
  readonly #assigned: ReadonlySet<string>;
  readonly #imports: ReadonlyMap<string, Imported>;
  readonly #filledBy: ReadonlyMap<string, Statement>;
  readonly #sourceNames: ReadonlyMap<string, string>;

  /** @param read reads a section, which many bundles may share. */
  constructor(sections: readonly Section[], read: (section: Section, helpers: ReadonlySet<string>) => SectionContent) {
    const own = sections.filter(({ input }) => input !== undefined);
    this.helpers = new Set(sections.flatMap(({ input, module }) => (input === undefined ? module.body.flatMap(namesDeclared) : [])));
    this.#contents = new Map(own.map((section) => [section, read(section, this.helpers)]));
    for (const [section, { statements }] of this.#contents) {
      for (const statement of statements) {
        for (const name of statement.declares) {
          this.#declaredBy.set(name, [...(this.#declaredBy.get(name) ?? []), { section, statement }]);
        }
      }
    }
    const contents = [...this.#contents.values()];
    this.#assigned = new Set(contents.flatMap(({ statements }) => statements.flatMap(({ text: { assigns } }) => [...assigns])));
    this.#imports = new Map(contents.flatMap(({ imports }) => [...imports]));
    this.#filledBy = new Map(contents.flatMap(({ filledBy }) => [...filledBy]));
    this.#sourceNames = new Map(contents.flatMap(({ sourceNames }) => [...sourceNames]));
  }

  /** The statements of a section. */
  statementsIn(section: Section): readonly Statement[] {
    return this.#contents.get(section)?.statements ?? [];
  }

  /** Statements of which it matters when they are run, in the order of their sections. */
  effectsIn(sections: readonly Section[]): Statement[] {
    return sections.flatMap((section) => this.statementsIn(section)).filter((statement) => !this.#isPure(statement));
  }

  /**
   * The digest of what the bundle means: equal for bundles whose modules have other names, another order or other places.
   *
   * Everything that the exports and effects reach is numbered in the order in which it is reached, and written with these numbers for names. What is
   * not reached does not count, nor where anything stands.
   */
  digest(effects: readonly Statement[]): Digest {
    const exports = [...this.#contents.values()].flatMap((content) => [...content.exports]);
    return this.#write(effects, exports, () => false);
  }

  /** The digest of what some statements do, as far as that is decided outside of packages. */
  digestOfEffects(effects: readonly Statement[], isOfPackage: (section: Section) => boolean): Digest {
    return this.#write(effects, [], isOfPackage);
  }

  /** Names of the top level that a statement mentions. */
  mentions({ text }: Statement): string[] {
    return text.parts.flatMap((part) => (typeof part === "string" ? [] : ["name" in part ? part.name : part.nameOf]));
  }

  /** The input that declares a name of the top level. */
  inputOf(name: string): string | undefined {
    return this.#declaredBy.get(name)?.[0]?.section.input;
  }

  /** What the source calls something of the top level, as far as is known: where two modules use one name, esbuild puts numbers behind it. */
  sourceName(name: string): string {
    const known = this.#sourceNames.get(name);
    const base = name.replace(/\d+$/, "");
    return known ?? (base !== "" && this.#declaredBy.has(base) ? base : name);
  }

  #write(
    effects: readonly Statement[],
    exports: readonly (readonly [name: string, local: string])[],
    isLeaf: (section: Section) => boolean,
  ): Digest {
    const numbers = new Map<string, number>();
    const reached: Statement[] = [];
    const numberOf = (name: string): number => {
      const known = numbers.get(name);
      if (known !== undefined) return known;
      numbers.set(name, numbers.size);
      const filling = this.#filledBy.get(name);
      reached.push(...(this.#declaredBy.get(name) ?? []).map(({ statement }) => statement), ...(filling === undefined ? [] : [filling]));
      return numbers.size - 1;
    };
    const reference = (name: string): string => {
      const imported = this.#imports.get(name);
      if (imported !== undefined) return `import(${JSON.stringify([imported.from, imported.name ?? null])})`;
      if (this.helpers.has(name)) return `helper(${name})`;
      const [declared] = this.#declaredBy.get(name) ?? [];
      if (declared === undefined) return `global(${name})`;
      return isLeaf(declared.section) ? `package(${this.sourceName(name)})` : `@${numberOf(name)}`;
    };
    const written: string[] = exports
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, local]) => `\nexport ${name} ${reference(local)}`);
    const done = new Set<Statement>();
    const write = (statement: Statement): void => {
      if (done.has(statement)) return;
      done.add(statement);
      written.push(`\n${statement.declares.map((name) => `@${numberOf(name)}`).join()}:`);
      for (const part of statement.text.parts) {
        if (typeof part === "string") written.push(part);
        else written.push("name" in part ? `${reference(part.name)} ` : `${JSON.stringify(this.sourceName(part.nameOf))} `);
      }
    };
    for (const effect of effects) write(effect);
    for (let next = 0; next < reached.length; next += 1) {
      const statement = reached[next];
      if (statement !== undefined) write(statement);
    }
    return digestOf(written.join(""));
  }

  /** Whether it does not matter when a statement is run, as long as what it reads is there. */
  #isPure({ declares, reads }: Statement): boolean {
    return reads?.every((name) => this.#isConstant(name)) === true && declares.every((name) => this.#declaredBy.get(name)?.length === 1);
  }

  #isConstant(name: string): boolean {
    if (this.helpers.has(name) || this.#imports.has(name)) return true;
    return this.#declaredBy.get(name)?.length === 1 && !this.#assigned.has(name);
  }
}
