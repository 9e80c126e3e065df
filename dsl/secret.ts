import { z } from "zod";
import { callSite } from "./call-site.ts";
import { PipelineMistake } from "./mistake.ts";

/** A reference to a secret: its name, never its value. A stage that takes one declares the parameter with this schema. */
export const Secret = z.strictObject({ secret: z.string().regex(/^[A-Z_][A-Z0-9_]*$/, "expected a name like S3_KEY") });
export type Secret = z.output<typeof Secret>;

/**
 * Refer to a secret by the name of its environment variable; only the stage that uses it sees the value, while it runs.
 *
 * @throws PipelineMistake for what cannot be such a name; it is not repeated, as it may be the secret itself.
 */
export function secret(name: string): Secret {
  const reference = Secret.safeParse({ secret: name });
  if (reference.success) return Object.freeze(reference.data);
  throw new PipelineMistake({
    code: "bad-secret",
    message: "secret() was given something that cannot be the name of an environment variable",
    path: [callSite() ?? "secret()"],
    fix: 'name the variable that holds the value: secret("S3_KEY"); never write the value itself',
  });
}
