import type { TransformOptions, TransformResult } from "esbuild";
import { z } from "zod";
import type { Section } from "../meaning/section.ts";

/** A part of a bundle without its white space. */
export interface Piece {
  readonly input: string | undefined;
  /** Line of the bundle with its white space that it began at, from 0. */
  readonly line: number;
  readonly text: string;
  /** A source map's mappings, which lead to the part as it was. */
  readonly mappings: string;
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

const BuildMap = z.object({ mappings: z.string() });

/** Takes white space out of parts of bundles; parts that many bundles share are done once. */
export class PieceMinifier {
  readonly #transform: Transform;
  readonly #done = new Map<string, Promise<Pick<Piece, "text" | "mappings">>>();

  constructor(transform: Transform) {
    this.#transform = transform;
  }

  /** The parts without white space; their texts in a row are the bundle. Empty ones are left out. */
  async minify(sections: readonly Section[]): Promise<Piece[]> {
    const pieces = await Promise.all(
      sections.map(async ({ input, line, module }) => ({ input, line, ...(await this.#minify(module.text)) })),
    );
    return pieces.filter((piece) => piece.text.trim() !== "");
  }

  #minify(text: string): Promise<Pick<Piece, "text" | "mappings">> {
    const known = this.#done.get(text);
    if (known !== undefined) return known;
    const minified = this.#transform(text, options).then(({ code, map }) => ({ text: code, ...BuildMap.parse(JSON.parse(map)) }));
    this.#done.set(text, minified);
    return minified;
  }
}
