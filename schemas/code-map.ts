import { z } from "zod";
import { Digest } from "./digest.ts";

/**
 * Which places in source files the places in a bundle come from. Lines and columns count from 0, as in the source maps it is built from.
 *
 * It is not part of a code package, because lines change with comments and formatting. It is kept beside it: a head named after the
 * package points to the blob with its JSON text, compressed with zstd.
 */
export const CodeMap = z.object({
  version: z.literal(1),
  bundle: Digest,
  /** What each file contributes to the bundle, in order: its first line, and the file's name; absent where there is no file. */
  parts: z.array(
    z.object({
      line: z.int().nonnegative(),
      file: z.string().exactOptional(),
      /** The line where it starts in the bundle with white space, and its mappings. Absent for packages, for which only the file is known. */
      spaced: z.object({ line: z.int().nonnegative(), mappings: z.string() }).exactOptional(),
    }),
  ),
  /** The sources of the bundle with white space; the text is absent for a package's. */
  sources: z.array(z.object({ file: z.string(), text: z.string().exactOptional() })),
  mappings: z.string(),
  /** Of a stage whose work a command does: where each of its files is, by its path in the folder that the command runs in. */
  command: z.record(z.string(), z.string()).exactOptional(),
});
export type CodeMap = z.output<typeof CodeMap>;

/** Prefix of the names of heads that point to code maps. */
export const codeMapHeads = "code-maps/";

/** The head that points to a code package's code map, as of when the stage was last planned. */
export function codeMapHead(code: Digest): string {
  return `${codeMapHeads}${code}`;
}
