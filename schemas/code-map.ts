import { z } from "zod";
import { Digest } from "./digest.ts";

/**
 * Which places of source files a bundle's places come from. Lines and columns count from 0, as in the source maps that it is made of.
 *
 * It is no part of a code package, because lines change with comments and formatting. So it is kept beside: a head named after the
 * package points to the blob with its JSON text, compressed by zstd.
 */
export const CodeMap = z.object({
  version: z.literal(1),
  bundle: Digest,
  /** What each file contributes to the bundle, in order: from which line on, and what the file is called; absent where it is none. */
  parts: z.array(
    z.object({
      line: z.int().nonnegative(),
      file: z.string().exactOptional(),
      /** From which line of the bundle with its white space it comes, and how. Absent for packages, of which the file is all that is told. */
      spaced: z.object({ line: z.int().nonnegative(), mappings: z.string() }).exactOptional(),
    }),
  ),
  /** Where the bundle with its white space comes from; the text of a source is absent where it is a package's. */
  sources: z.array(z.object({ file: z.string(), text: z.string().exactOptional() })),
  mappings: z.string(),
  /** Of a stage whose work a command does: where each of its files is, by its path in the folder that the command runs in. */
  command: z.record(z.string(), z.string()).exactOptional(),
});
export type CodeMap = z.output<typeof CodeMap>;

/** Prefix of the names of heads that point to code maps. */
export const codeMapHeads = "code-maps/";

/** The head that points to the code map of a code package: where its source was when the stage was last planned. */
export function codeMapHead(code: Digest): string {
  return `${codeMapHeads}${code}`;
}
