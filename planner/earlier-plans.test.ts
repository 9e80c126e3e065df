/** Plans that an earlier version made: open runs go on with them, and what they computed stays cached. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { z } from "zod";
import { Digest, digestOf } from "../schemas/digest.ts";
import { Plan } from "../schemas/plan.ts";
import { ingredientsOf, keyOf } from "./keys.ts";

const file = new URL("../test/fixtures/plans-of-0.1.0.json", import.meta.url);
const earlier = z
  .array(z.object({ plan: z.unknown(), digest: Digest, keys: z.record(z.string(), Digest) }))
  .parse(JSON.parse(readFileSync(file, "utf8")));

test.each(earlier)("a plan of version 0.1.0 is read, and its nodes have the keys that they had: plan $digest", ({ plan, keys }) => {
  const { nodes } = Plan.parse(plan);
  const artifact = (port: string) => ({
    kind: "documents",
    digest: digestOf(`digest of ${port}`),
    content: digestOf(`content of ${port}`),
  });
  const now = nodes.map((node) => [
    node.name,
    keyOf(
      ingredientsOf(
        node,
        node.inputs.map(({ port }) => artifact(port)),
      ),
    ),
  ]);
  expect(Object.fromEntries(now)).toEqual(keys);
  for (const { name, resources } of nodes) expect(resources).toMatchObject({ cpus: 1, gpus: name === "learn" ? 1 : 0 });
});
