import type { StageRecord } from "../../schemas/record.ts";
import { type Computation, computationOf, isSameCode } from "./compare-ingredients.ts";
import { compareParameters } from "./compare-parameters.ts";

/** The use of a stage for which a record is sought. */
export interface StageUse {
  readonly node: string;
  readonly pipeline: string;
  readonly computation: Computation;
}

/** Records of one stage that are looked at, the newest, where none is of the node itself. */
const lookedAt = 200;

/** Records, found by stage and node: a store may have thousands, and a plan hundreds of nodes. */
export class RecordIndex {
  readonly #ofStage: ReadonlyMap<string, readonly StageRecord[]>;
  readonly #ofNode: ReadonlyMap<string, readonly StageRecord[]>;

  constructor(records: readonly StageRecord[]) {
    const newestFirst = records.toSorted((a, b) => (a.startedAt < b.startedAt ? 1 : a.startedAt > b.startedAt ? -1 : 0));
    this.#ofStage = Map.groupBy(newestFirst, ({ ingredients }) => ingredients.stage);
    this.#ofNode = Map.groupBy(newestFirst, ({ ingredients, node }) => `${ingredients.stage} ${node}`);
  }

  /** Those that a use of a stage may be nearest to, the newest first. */
  candidates({ node, computation: { stage } }: StageUse): readonly StageRecord[] {
    return this.#ofNode.get(`${stage} ${node}`) ?? this.#ofStage.get(stage)?.slice(0, lookedAt) ?? [];
  }
}

/**
 * The record that is nearest to a use of a stage: of the same node and pipeline if there is one, then the one with the fewest
 * differences, then the newest.
 */
export function nearestRecord(use: StageUse, records: RecordIndex): StageRecord | undefined {
  const candidates = records
    .candidates(use)
    .map((record) => ({ record, rank: rankOf(use, record), differences: countDifferences(use.computation, computationOf(record)) }));
  candidates.sort((a, b) => b.rank - a.rank || a.differences - b.differences);
  return candidates[0]?.record;
}

function rankOf(use: StageUse, record: StageRecord): number {
  return Number(record.node === use.node) * 2 + Number(record.pipeline === use.pipeline);
}

function countDifferences(now: Computation, before: Computation): number {
  const code = Number(!isSameCode(before, now));
  const inputs = [...now.inputs].filter(([port, input]) => input !== undefined && before.inputs.get(port)?.content !== input.content);
  const runtime = Object.entries(now.runtime).filter(([name, value]) => before.runtime[name] !== value);
  return code + inputs.length + runtime.length + compareParameters(before.params, now.params).length;
}
