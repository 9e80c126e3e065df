import { z } from "zod";

export { digestOf, digestOfJson, shortDigest } from "./hash.ts";

/** A sha-256, as 64 lower-case hexadecimal digits: the name of a blob, an artifact, a plan or a key. */
export type Digest = string & { readonly __digest: true };

export const Digest = z
  .string()
  .regex(/^[0-9a-f]{64}$/, "expected 64 lower-case hexadecimal digits")
  .transform((hex) => hex as Digest);
