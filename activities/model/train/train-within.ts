import type { StageContext } from "../../../dsl/index.ts";
import { isCrisolError } from "../../../schemas/error.ts";
import type { JsonObject } from "../../../schemas/json.ts";
import type { TrainerConfig } from "../../../schemas/trainer/index.ts";

/**
 * Train within the available memory, from the last checkpoint if there is one, and return the trainer's result.
 *
 * The trainer itself halves its micro-batches when memory is refused. On Linux the kernel seldom refuses memory but kills the process: then a new
 * trainer continues from the last checkpoint, with micro-batches of half the size.
 *
 * @throws CrisolError as the trainer raised it; OUT_OF_MEMORY when it is killed with one sequence at a time
 */
export async function trainWithin(context: StageContext, config: TrainerConfig<"train"> & { readonly batch: number }): Promise<JsonObject> {
  const asked = config.microBatch ?? config.batch;
  for (let limit = asked; ; limit = Math.floor(limit / 2)) {
    const saved = await context.checkpoints.load();
    if (saved !== undefined) context.log("info", `going on from the checkpoint of step ${saved.step}`);
    try {
      return await context.trainer("train", {
        ...config,
        ...(saved === undefined ? {} : { resumeFrom: saved.folder }),
        ...(limit === asked ? {} : { microBatchLimit: limit }),
      });
    } catch (error) {
      if (limit === 1 || !killedForMemory(error)) throw error;
      context.log("warn", error.message);
    }
  }
}

/** Whether the kernel killed the trainer, which then has not tried smaller micro-batches; one that reports the error itself has tried a single sequence. */
function killedForMemory(error: unknown): error is Error {
  return isCrisolError(error) && error.parts.code === "OUT_OF_MEMORY" && error.cause !== undefined;
}
