import type { TransformOptions, TransformResult } from "esbuild";
import { type MappedCode, mappedCode } from "./mapped-code.ts";

/** A part of a bundle's text, and the input that it comes from; undefined: esbuild's own helpers. */
export interface Piece {
  readonly input: string | undefined;
  /** Line of the bundle that it begins at, from 0. */
  readonly line: number;
  readonly text: string;
}

/** A piece without its white space; the mappings lead to the piece, the line to where that stood. */
export interface MinifiedPiece extends Piece {
  readonly mappings: string;
}

/** Cut a bundle's text at the comments in which esbuild names the input that follows. */
export function cutBundle(text: string, inputs: ReadonlySet<string>): Piece[] {
  const pieces: { input: string | undefined; line: number; lines: string[] }[] = [{ input: undefined, line: 0, lines: [] }];
  for (const [index, line] of text.split("\n").entries()) {
    const input = line.startsWith("// ") ? line.slice(3) : undefined;
    if (input !== undefined && inputs.has(input)) pieces.push({ input, line: index + 1, lines: [] });
    else pieces.at(-1)?.lines.push(line);
  }
  return pieces.map(({ input, line, lines }) => ({ input, line, text: lines.join("\n") }));
}

type Transform = (text: string, options: TransformOptions) => Promise<TransformResult>;

const options = {
  loader: "js",
  format: "esm",
  target: "node24",
  minifyWhitespace: true,
  legalComments: "none",
  charset: "utf8",
  sourcemap: "external",
  sourcesContent: false,
} as const satisfies TransformOptions;

/** Takes white space out of pieces; pieces that many bundles share are done once. */
export class PieceMinifier {
  readonly #transform: Transform;
  readonly #done = new Map<string, Promise<MappedCode>>();

  constructor(transform: Transform) {
    this.#transform = transform;
  }

  /** The pieces without white space; their texts in a row are the bundle. Empty ones are left out. */
  async minify(pieces: readonly Piece[]): Promise<MinifiedPiece[]> {
    try {
      const minified = await Promise.all(pieces.map((piece) => this.#minify(piece)));
      return minified.filter(({ text }) => text.trim() !== "");
    } catch (error) {
      // a text literal with a line like esbuild's comments was cut in two: take the bundle as a whole
      const [, ...inputs] = pieces;
      if (inputs.length < 2) throw error;
      const whole = pieces.map(({ input, text }) => (input === undefined ? text : `// ${input}\n${text}`)).join("\n");
      return [await this.#minify({ input: inputs.at(-1)?.input, line: 0, text: whole })];
    }
  }

  async #minify({ input, line, text }: Piece): Promise<MinifiedPiece> {
    const made = this.#done.get(text) ?? this.#transform(text, options).then(mappedCode);
    this.#done.set(text, made);
    const { code, mappings } = await made;
    return { input, line, text: code, mappings };
  }
}
