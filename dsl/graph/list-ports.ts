/** What a list port demands of its artifacts together, and what is known of them together. */
import { sharedFacts } from "../../schemas/artifact.ts";
import type { Issue } from "../../schemas/issue.ts";
import type { JsonObject } from "../../schemas/json.ts";
import { kindOf } from "../../schemas/kinds.ts";
import { counted } from "../../system/text/figures.ts";
import type { Origin } from "../handle.ts";
import type { BuildInput } from "./build.ts";
import type { PortSpec, StageSpec } from "./graph.ts";

/** Adds an issue of a port to the build. */
export type Refuse = (code: string, message: string, fix: string) => void;

/** What a list must have in common: one tokenizer if its kind is tied to one, and the facts that all have, or none. */
export function refuseDisagreement(port: PortSpec, origins: readonly Origin[], refuse: Refuse): void {
  const tied = kindOf(port).tokenizer === "tied" ? origins.filter(({ tokenizer }) => tokenizer !== undefined) : [];
  const other = tied.find(({ tokenizer }) => tokenizer !== tied[0]?.tokenizer);
  if (tied[0] !== undefined && other !== undefined) {
    const [one, another] = [tied[0].tokenizer, other.tokenizer];
    refuse(
      "wrong-tokenizer",
      `one was made with the tokenizer of "${one}", another with that of "${another}"`,
      `tokenize all with that of "${one}"`,
    );
  }
  for (const fact of port.agree ?? []) {
    const has = origins.find(({ facts }) => facts.includes(fact));
    const lacks = origins.find(({ facts }) => !facts.includes(fact));
    if (has === undefined || lacks === undefined) continue;
    refuse(
      "mixed-facts",
      `${has.label} is ${fact}, ${lacks.label} is not: together they would be neither`,
      `pass only what is ${fact}, or only what is not`,
    );
  }
}

/** What is known of a list: what all its artifacts have in common. */
export function mergedOrigin(origins: readonly Origin[]): Origin | undefined {
  const [first, ...others] = origins;
  if (first === undefined) return undefined;
  const { tokenizer, ...rest } = first;
  const isShared = tokenizer !== undefined && others.every((other) => other.tokenizer === tokenizer);
  return { ...rest, facts: sharedFacts(origins.map(({ facts }) => facts)), ...(isShared ? { tokenizer } : {}) };
}

/** What a call gives to its ports and parameters, and where it is. */
interface Given {
  readonly inputs: readonly BuildInput[];
  readonly params: JsonObject;
  readonly path: readonly string[];
}

/**
 * Parameters that have an entry for each artifact of a list, and have more or fewer than there are: what types can't say of lists whose length they
 * don't know.
 */
export function eachIssues(spec: StageSpec, { inputs, params, path }: Given): Issue[] {
  return spec.inputs.flatMap(({ name, each }) => {
    const value = each === undefined ? undefined : params[each];
    if (each === undefined || !Array.isArray(value)) return [];
    const artifacts = inputs.filter(({ port }) => port === name).length;
    if (artifacts === value.length || artifacts === 0) return [];
    return [
      {
        code: "wrong-length",
        message: `"${each}" has ${counted(value.length, "member")}, and "${name}" has ${counted(artifacts, "artifact")}`,
        path: [...path, each],
        fix: `give one member of "${each}" for each of "${name}", in the same order`,
      },
    ];
  });
}
