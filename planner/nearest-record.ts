import type { StageRecord } from "../schemas/record.ts";
import { type Computation, computationOf } from "./compare-ingredients.ts";
import { compareParameters } from "./compare-parameters.ts";

/** The use of a stage for which a record is sought. */
export interface StageUse {
  readonly node: string;
  readonly pipeline: string;
  readonly computation: Computation;
}

/**
 * The record that is nearest to a use of a stage: of the same node and pipeline if there is one, then the one with the fewest
 * differences, then the newest.
 */
export function nearestRecord(use: StageUse, records: readonly StageRecord[]): StageRecord | undefined {
  const candidates = records
    .filter((record) => record.ingredients.stage === use.computation.stage)
    .map((record) => ({ record, rank: rankOf(use, record), differences: countDifferences(use.computation, computationOf(record)) }));
  candidates.sort((a, b) => b.rank - a.rank || a.differences - b.differences || (a.record.startedAt < b.record.startedAt ? 1 : -1));
  return candidates[0]?.record;
}

function rankOf(use: StageUse, record: StageRecord): number {
  return Number(record.node === use.node) * 2 + Number(record.pipeline === use.pipeline);
}

function countDifferences(now: Computation, before: Computation): number {
  const code = Number(now.code !== before.code);
  const inputs = [...now.inputs].filter(([port, input]) => input !== undefined && before.inputs.get(port)?.content !== input.content);
  const runtime = Object.entries(now.runtime).filter(([name, value]) => before.runtime[name] !== value);
  return code + inputs.length + runtime.length + compareParameters(before.params, now.params).length;
}
