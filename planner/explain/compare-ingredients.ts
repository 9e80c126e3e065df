import type { ArtifactRef } from "../../schemas/artifact.ts";
import type { Digest } from "../../schemas/digest.ts";
import { codeOf, type Ingredients, type StageRecord } from "../../schemas/record.ts";
import type { PlannerStore } from "../planner-store.ts";
import { compareArtifacts } from "./compare-artifacts.ts";
import { compareCode } from "./compare-code.ts";
import { compareParameters } from "./compare-parameters.ts";
import { portLabels } from "./port-labels.ts";

/** What comparing needs of a store. */
export type ComparingStore = {
  readonly blobs: Pick<PlannerStore["blobs"], "readAll">;
  readonly heads: Pick<PlannerStore["heads"], "get">;
  readonly artifacts: Pick<PlannerStore["artifacts"], "manifest">;
};

/** What decides a computation, as far as it is known. */
export interface Computation extends Omit<Ingredients, "inputs"> {
  /** The code package that does it, or did. */
  readonly code: Digest;
  /** By port (`parts[0]` for one of a list), the artifact it reads; undefined while it does not exist. */
  readonly inputs: ReadonlyMap<string, ArtifactRef | undefined>;
}

/** One ingredient that differs. */
export interface Difference {
  readonly ingredient: "stage" | "code" | "parameter" | "input" | "runtime";
  /** In a line: "parameter threshold 0.8 -> 0.7". */
  readonly text: string;
  /** Of an input. */
  readonly port?: string;
}

/** The computation that a record describes. */
export function computationOf(record: StageRecord): Computation {
  const { ingredients, inputs, key } = record;
  // a record that names no code is damaged; no package has its key for a digest
  const code = codeOf(record) ?? key;
  return { ...ingredients, code, inputs: new Map(portLabels(ingredients.inputs).map((label, index) => [label, inputs[index]])) };
}

/** What differs between two computations, in the order of ingredients; inputs that do not exist yet, on one side or the other, are left out. */
export async function compareIngredients(before: Computation, now: Computation, store: ComparingStore): Promise<Difference[]> {
  const differences: Difference[] = [];
  if (before.stage !== now.stage) differences.push({ ingredient: "stage", text: `stage ${before.stage} -> ${now.stage}` });
  if (!isSameCode(before, now)) {
    differences.push({ ingredient: "code", text: `code: ${await compareCode(before.code, now.code, store)}` });
  }
  for (const text of compareParameters(before.params, now.params)) {
    differences.push({ ingredient: "parameter", text: `parameter ${text}` });
  }
  for (const port of new Set([...before.inputs.keys(), ...now.inputs.keys()])) {
    const text = await compareInput(port, before, now, store);
    if (text !== undefined) differences.push({ ingredient: "input", text: `input ${port} ${text}`, port });
  }
  for (const name of new Set([...Object.keys(before.runtime), ...Object.keys(now.runtime)])) {
    const [was, is] = [before.runtime[name], now.runtime[name]];
    if (was !== is) differences.push({ ingredient: "runtime", text: `runtime: ${describeFact(name, was, is)}` });
  }
  return differences;
}

/** Whether two computations have the same code, as far as keys are concerned. */
export function isSameCode(before: Pick<Computation, "work" | "code">, now: Pick<Computation, "work" | "code">): boolean {
  return before.work === now.work && (now.work !== undefined || before.code === now.code);
}

async function compareInput(port: string, before: Computation, now: Computation, store: ComparingStore): Promise<string | undefined> {
  if (!before.inputs.has(port)) return "new";
  if (!now.inputs.has(port)) return "gone";
  const [was, is] = [before.inputs.get(port), now.inputs.get(port)];
  if (was === undefined || is === undefined || was.content === is.content) return undefined;
  return compareArtifacts(was, is, store.artifacts);
}

/** Versions are shown, digests are not. */
function describeFact(name: string, was: string | undefined, is: string | undefined): string {
  if (was === undefined) return `${name} declared`;
  if (is === undefined) return `${name} no longer declared`;
  return was.length + is.length > 40 ? `${name} changed` : `${name} ${was} -> ${is}`;
}
