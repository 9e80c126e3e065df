import type { TransformOptions, TransformResult } from "esbuild";

/** A part of a bundle's text, and the input that it comes from; undefined: esbuild's own helpers. */
export interface Piece {
  readonly input: string | undefined;
  readonly text: string;
}

/** Cut a bundle's text at the comments in which esbuild names the input that follows. */
export function cutBundle(text: string, inputs: ReadonlySet<string>): Piece[] {
  const pieces: { input: string | undefined; lines: string[] }[] = [{ input: undefined, lines: [] }];
  for (const line of text.split("\n")) {
    const input = line.startsWith("// ") ? line.slice(3) : undefined;
    if (input !== undefined && inputs.has(input)) pieces.push({ input, lines: [] });
    else pieces.at(-1)?.lines.push(line);
  }
  return pieces.map(({ input, lines }) => ({ input, text: lines.join("\n") }));
}

type Transform = (text: string, options: TransformOptions) => Promise<TransformResult>;

const options = { loader: "js", format: "esm", target: "node24", minifyWhitespace: true, legalComments: "none", charset: "utf8" } as const;

/** Takes white space out of pieces; pieces that many bundles share are done once. */
export class PieceMinifier {
  readonly #transform: Transform;
  readonly #done = new Map<string, Promise<string>>();

  constructor(transform: Transform) {
    this.#transform = transform;
  }

  /** The pieces without white space; their texts in a row are the bundle. Empty ones are left out. */
  async minify(pieces: readonly Piece[]): Promise<Piece[]> {
    try {
      const minified = await Promise.all(pieces.map(async ({ input, text }) => ({ input, text: await this.#minify(text) })));
      return minified.filter(({ text }) => text.trim() !== "");
    } catch (error) {
      // a text literal with a line like esbuild's comments was cut in two: take the bundle as a whole
      const [, ...inputs] = pieces;
      if (inputs.length < 2) throw error;
      const whole = pieces.map(({ input, text }) => (input === undefined ? text : `// ${input}\n${text}`)).join("\n");
      return [{ input: inputs.at(-1)?.input, text: await this.#minify(whole) }];
    }
  }

  #minify(text: string): Promise<string> {
    const known = this.#done.get(text) ?? this.#transform(text, options).then(({ code }) => code);
    this.#done.set(text, known);
    return known;
  }
}
