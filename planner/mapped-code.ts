import type { TransformResult } from "esbuild";
import { z } from "zod";

/** The code of a module, and the mappings of a source map for it: a group for each line, with `;` between them. */
export interface MappedCode {
  readonly code: string;
  readonly mappings: string;
  /** What the mappings call by number: names that were given others. */
  readonly names: readonly string[];
}

const BuildMap = z.object({ mappings: z.string(), names: z.array(z.string()) });

/** What esbuild made of a module, told to write an external source map. */
export function mappedCode({ code, map }: TransformResult): MappedCode {
  return { code, ...BuildMap.parse(JSON.parse(map)) };
}

/** The mappings for other code, which differs in its first lines only and may have more or fewer of them: the last lines stay together. */
export function withOtherHead({ code, mappings, names }: MappedCode, other: string): MappedCode {
  const more = linesOf(other) - linesOf(code);
  return { code: "\n".repeat(Math.max(0, -more)) + other, mappings: ";".repeat(Math.max(0, more)) + mappings, names };
}

/** The code with a source map for it at its end, as bundlers read it. */
export function withInlineMap({ code, mappings, names }: MappedCode, source: string): string {
  const map = { version: 3, sources: [source], names, mappings };
  return `${code}\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString("base64")}`;
}

function linesOf(code: string): number {
  return code.split("\n").length;
}
