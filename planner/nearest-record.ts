import type { Ingredients, StageRecord } from "../schemas/record.ts";
import { compareParameters } from "./compare-parameters.ts";

/** The use of a stage for which a record is sought. */
export interface StageUse {
  readonly node: string;
  readonly pipeline: string;
  /** Inputs may be left out, where they are not known yet. */
  readonly ingredients: Omit<Ingredients, "inputs"> & { readonly inputs?: Ingredients["inputs"] };
}

/**
 * The record that is nearest to a use of a stage: of the same node and pipeline if there is one, then the one with the fewest
 * differences, then the newest.
 */
export function nearestRecord(use: StageUse, records: readonly StageRecord[]): StageRecord | undefined {
  const candidates = records
    .filter((record) => record.ingredients.stage === use.ingredients.stage)
    .map((record) => ({ record, rank: rankOf(use, record), differences: countDifferences(use.ingredients, record.ingredients) }));
  candidates.sort((a, b) => b.rank - a.rank || a.differences - b.differences || (a.record.startedAt < b.record.startedAt ? 1 : -1));
  return candidates[0]?.record;
}

function rankOf(use: StageUse, record: StageRecord): number {
  return Number(record.node === use.node) * 2 + Number(record.pipeline === use.pipeline);
}

function countDifferences(now: StageUse["ingredients"], before: Ingredients): number {
  const code = Number(now.code !== before.code);
  const inputs =
    now.inputs?.filter(({ port, content }) => before.inputs.find((input) => input.port === port)?.content !== content).length ?? 0;
  const runtime = Object.entries(now.runtime).filter(([name, value]) => before.runtime[name] !== value).length;
  return code + inputs + runtime + compareParameters(before.params, now.params).length;
}
