import { CodePackage } from "../schemas/code-package.ts";
import type { Digest } from "../schemas/digest.ts";
import { jsonOrUndefined } from "../schemas/json-text.ts";

/** The one part of a code package that the store must know: packages of other versions of crisol have bundles too. */
const HasBundle = CodePackage.pick({ bundle: true });

/** The blob of the bundle that a code package's bytes name; undefined when they are no code package. */
export function bundleOf(bytes: Buffer): Digest | undefined {
  return HasBundle.safeParse(jsonOrUndefined(bytes.toString("utf8"))).data?.bundle;
}
