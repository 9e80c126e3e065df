import type { Digest } from "../../schemas/digest.ts";
import { type CrisolError, isCrisolError } from "../../schemas/error.ts";

/** One thing that must hold for an artifact to be what its lineage says. */
export interface ChainLink {
  /**
   * What is checked: the user's raw files, the bytes of an artifact, the record of how it was produced, the code that produced it, or the signature
   * over the documents.
   */
  readonly type: "raw" | "artifact" | "record" | "code" | "seal";
  readonly artifact: Digest;
  /** The stage that produced the artifact, as its record names it; undefined for raw files. */
  readonly stage?: string;
  /** What was looked at, for people ("4 files, 10.7 MB"). */
  readonly checked: string;
  /** Undefined when the link holds. */
  readonly broken?: BrokenLink;
}

/** Why a link does not hold, as exactly as possible. */
export interface BrokenLink {
  readonly reason: string;
  /** The path of the user's file, or of the file in the artifact. */
  readonly file?: string;
  /** The blob or artifact that is not as it should be. */
  readonly digest?: Digest;
}

/** What is broken, if a check throws a crisol error; other errors are defects of crisol and are rethrown. */
export async function brokenBy(check: () => Promise<BrokenLink | undefined>): Promise<BrokenLink | undefined> {
  try {
    return await check();
  } catch (error) {
    if (!isCrisolError(error)) throw error;
    return { reason: reasonOf(error) };
  }
}

/** A crisol error's `what` and `where`. */
export function reasonOf({ parts }: CrisolError): string {
  return `${parts.what} (${parts.where})`;
}
