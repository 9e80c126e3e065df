import { readSection, type Section, type SectionContent } from "../meaning/section.ts";
import { type ParsedModule, parseModule } from "../meaning/syntax.ts";

/** Cuts bundles into the parts that come from one input each, and reads them; what many bundles share is done once. */
export class BundleSections {
  readonly #parsed = new Map<string, Promise<ParsedModule | undefined>>();
  readonly #read = new Map<string, SectionContent>();

  /**
   * Cut a bundle at the comments in which esbuild names the input that follows.
   *
   * @throws TypeError for a text that is no module.
   */
  async cut(text: string, inputs: ReadonlySet<string>): Promise<Section[]> {
    const parts = cutAtLines(text, inputs);
    const modules = await Promise.all(parts.map((part) => this.#parse(part.text)));
    const sections = parts.flatMap(({ input, line }, index) => {
      const module = modules[index];
      return module === undefined ? [] : [{ input, line, module }];
    });
    return sections.length === parts.length ? sections : this.#cutAtComments(text, inputs);
  }

  /** The contents of a section. */
  read({ module }: Section, helpers: ReadonlySet<string>): SectionContent {
    const name = `${[...helpers].join()}\0${module.text}`;
    const content = this.#read.get(name) ?? readSection(module, helpers);
    this.#read.set(name, content);
    return content;
  }

  #parse(text: string): Promise<ParsedModule | undefined> {
    const parsed = this.#parsed.get(text) ?? parseModule(text);
    this.#parsed.set(text, parsed);
    return parsed;
  }

  /** A text literal may hold a line like the comments, and is cut in two then: neither half is a module. So the comments are taken from the parser. */
  async #cutAtComments(text: string, inputs: ReadonlySet<string>): Promise<Section[]> {
    const whole = await parseModule(text);
    if (whole === undefined) throw new TypeError("a bundle that is no module");
    const lines = whole.comments.flatMap(({ value, start }) =>
      inputs.has(value.slice(1)) ? [text.slice(0, start).split("\n").length - 1] : [],
    );
    const sections: Section[] = [];
    for (const { input, line, text: part } of cutAtLines(text, inputs, new Set(lines))) {
      const module = await this.#parse(part);
      if (module === undefined) throw new TypeError("a bundle that cannot be cut between its statements");
      sections.push({ input, line, module });
    }
    return sections;
  }
}

/** @param at the lines that may be cut at; all by default. */
function cutAtLines(text: string, inputs: ReadonlySet<string>, at?: ReadonlySet<number>) {
  const parts: { readonly input: string | undefined; readonly line: number; readonly lines: string[] }[] = [
    { input: undefined, line: 0, lines: [] },
  ];
  for (const [index, line] of text.split("\n").entries()) {
    const input = line.startsWith("// ") && at?.has(index) !== false ? line.slice(3) : undefined;
    if (input !== undefined && inputs.has(input)) parts.push({ input, line: index + 1, lines: [] });
    else parts.at(-1)?.lines.push(line);
  }
  return parts.map(({ input, line, lines }) => ({ input, line, text: lines.join("\n") }));
}
