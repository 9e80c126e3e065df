import { CrisolError } from "../../../schemas/error.ts";
import type { PlanNode } from "../../../schemas/plan.ts";
import { isTrainerEntry, type TrainerEntry, trainerEntries, trainerFact, wholeTrainer } from "../../../schemas/trainer/entries.ts";

/**
 * The entry of the trainer that a stage starts, if its key knows of it.
 *
 * @throws CrisolError STAGE_FAILED for a name that no entry has, and for one that the stage does not declare: a change of the trainer would
 *   leave its old results in use.
 */
export function declaredEntry(name: string, node: Pick<PlanNode, "name" | "stage" | "runtime">): TrainerEntry {
  const where = `stage ${node.name} (${node.stage}): context.trainer("${name}", ...)`;
  if (!isTrainerEntry(name)) {
    throw new CrisolError({
      code: "STAGE_FAILED",
      what: `the trainer has no entry "${name}"`,
      where,
      why: "nothing can be run by that name",
      fix: `use one of: ${Object.keys(trainerEntries).join(", ")}`,
    });
  }
  const fact = trainerFact(name);
  if (fact in node.runtime || wholeTrainer in node.runtime) return name;
  throw new CrisolError({
    code: "STAGE_FAILED",
    what: `the stage starts the trainer's "${name}" without declaring it`,
    where,
    why: "its key would not change with the trainer, and old results would be taken for new ones",
    fix: `declare it: defineStage({ name: "${node.stage}", runtime: ["${fact}"], ... })`,
  });
}
