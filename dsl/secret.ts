import { z } from "zod";

/** A reference to a secret: its name, never its value. A stage that takes one declares the parameter with this schema. */
export const Secret = z.strictObject({ secret: z.string().regex(/^[A-Z_][A-Z0-9_]*$/, "expected a name like S3_KEY") });
export type Secret = z.output<typeof Secret>;

/** Refer to a secret by the name of its environment variable; only the stage that uses it sees the value, while it runs. */
export function secret(name: string): Secret {
  return Object.freeze(Secret.parse({ secret: name }));
}
