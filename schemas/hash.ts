import { createHash } from "node:crypto";
import { canonicalJson } from "./canonical-json.ts";
import type { Json } from "./json.ts";

/** A sha-256, as 64 lower-case hexadecimal digits: the name of a blob, an artifact, a plan or a key. */
export type Digest = string & { readonly __digest: true };

/** The digest of bytes, or of a text's UTF-8. Free of zod, so that the bundles of stages stay small. */
export function digestOf(bytes: Uint8Array | string): Digest {
  return createHash("sha256").update(bytes).digest("hex") as Digest;
}

/** The digest of a value's canonical JSON. */
export function digestOfJson(value: Json): Digest {
  return digestOf(canonicalJson(value));
}

/** A digest as shown to people: its first 12 digits. */
export function shortDigest(digest: Digest): string {
  return digest.slice(0, 12);
}
