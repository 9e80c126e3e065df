import { canonicalJson } from "../../schemas/canonical-json.ts";
import type { Document } from "../../schemas/document.ts";
import { CrisolError } from "../../schemas/error.ts";
import { jsonOrUndefined } from "../../schemas/json-text.ts";

/**
 * A document as a line of a shard: canonical JSON and a line feed.
 *
 * @throws CrisolError BAD_DATA when it holds text that JSON cannot (a lone surrogate).
 */
export function documentLine(document: Document): string {
  try {
    const { id, text, source, meta } = document;
    return `${canonicalJson({ id, meta, source, text })}\n`;
  } catch (error) {
    throw new CrisolError(
      {
        code: "BAD_DATA",
        what: `a document cannot be written as JSON: ${error instanceof Error ? error.message : String(error)}`,
        where: `document ${document.id}, ${document.source}`,
        why: "readers of the shard would see a different text",
        fix: "drop such documents where they are read, or repair them (String.prototype.toWellFormed)",
      },
      { cause: error },
    );
  }
}

/**
 * The document on a line of a shard.
 *
 * @param where file and line, for people
 * @throws CrisolError BAD_DATA
 */
export function parseDocument(line: string, where: string): Document {
  const value = jsonOrUndefined(line);
  if (isDocument(value)) return value;
  throw new CrisolError({
    code: "BAD_DATA",
    what: "a line of a shard is not a document",
    where,
    why: "every stage reads documents as { id, text, source, meta }",
    fix: "fix the stage that wrote it: let it use context.outputs.<name>.documents()",
  });
}

// by hand: parsing each of millions of lines with a schema takes longer than reading them
function isDocument(value: unknown): value is Document {
  if (typeof value !== "object" || value === null) return false;
  if (!("id" in value && "text" in value && "source" in value && "meta" in value)) return false;
  const { id, text, source, meta } = value;
  return typeof id === "string" && typeof text === "string" && typeof source === "string" && typeof meta === "object" && meta !== null;
}
