import { CrisolError } from "../../../schemas/error.ts";
import type { JsonObject } from "../../../schemas/json.ts";
import type { PlanNode } from "../../../schemas/plan.ts";
import type { TrainerEntry } from "../../../schemas/trainer/entries.ts";
import { trainerConfigs } from "../../../schemas/trainer/index.ts";

/**
 * A configuration that a stage starts an entry of the trainer with, its defaults filled in: the rules between several settings are held here alone.
 *
 * @throws CrisolError STAGE_FAILED with all that is wrong with it
 */
export function checkedConfig(entry: TrainerEntry, config: object, node: Pick<PlanNode, "name" | "stage">): JsonObject {
  const checked = trainerConfigs[entry].safeParse(config);
  if (checked.success) return checked.data;
  const problems = checked.error.issues.map(({ path, message }) => `${path.join(".") || "the configuration"}: ${message}`);
  throw new CrisolError({
    code: "STAGE_FAILED",
    what: `the configuration for the trainer is wrong: ${problems.join("; ")}`,
    where: `stage ${node.name} (${node.stage}): context.trainer("${entry}", ...)`,
    why: "with a wrong setting the result would not be what the pipeline specifies",
    fix: "correct what the stage's code passes to the trainer",
  });
}
