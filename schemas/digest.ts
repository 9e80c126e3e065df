import { z } from "zod";
import type { Digest as Sha256 } from "./hash.ts";

export { digestOf, digestOfJson, shortDigest } from "./hash.ts";

/** See {@link Sha256}; here with its schema. */
export type Digest = Sha256;

export const Digest = z
  .string()
  .regex(/^[0-9a-f]{64}$/, "expected 64 lower-case hexadecimal digits")
  .transform((hex) => hex as Digest);
