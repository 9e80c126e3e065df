import { InferenceSession, Tensor } from "onnxruntime-node";
import { damagedModel, type ModelFolder } from "./model-folder.ts";

/** A model that reads tokens one after the other, and caches what it needs of earlier ones. */
export interface Decoder {
  /** Read tokens after those read so far, and return the logits of the next one. */
  read(ids: readonly number[]): Promise<Float32Array>;
  close(): Promise<void>;
}

/**
 * Load a model's graph, for one thread: with more, sums are computed in varying order, and a text may differ from run to run.
 *
 * @throws CrisolError ARTIFACT_DAMAGED if the graph can't be run.
 */
export async function openDecoder(model: ModelFolder): Promise<Decoder> {
  const file = model.graph.slice(model.folder.length + 1);
  const session = await InferenceSession.create(model.graph, {
    executionProviders: ["cpu"],
    executionMode: "sequential",
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  }).catch((cause) => Promise.reject(damagedModel(model.folder, file, cause)));
  let past = emptyCache(model);
  let length = 0;
  return {
    async read(ids) {
      const total = length + ids.length;
      const outputs = await session.run({
        input_ids: integers(ids),
        attention_mask: integers(new Array(total).fill(1)),
        position_ids: integers(ids.map((_, index) => length + index)),
        ...past,
      });
      past = cacheOf(outputs);
      length = total;
      const logits = outputs.logits?.data;
      if (!(logits instanceof Float32Array)) throw damagedModel(model.folder, file, "it returns no logits");
      return logits.slice(-model.vocabulary);
    },
    close: () => session.release(),
  };
}

type Cache = Record<string, Tensor>;

function emptyCache({ layers, keyValueHeads, headSize }: ModelFolder): Cache {
  const cache: Cache = {};
  for (let layer = 0; layer < layers; layer += 1) {
    for (const part of ["key", "value"]) {
      cache[`past_key_values.${layer}.${part}`] = new Tensor("float32", new Float32Array(), [1, keyValueHeads, 0, headSize]);
    }
  }
  return cache;
}

function cacheOf(outputs: InferenceSession.ReturnType): Cache {
  const cache: Cache = {};
  for (const [name, value] of Object.entries(outputs)) {
    if (name.startsWith("present.") && value instanceof Tensor) cache[name.replace("present.", "past_key_values.")] = value;
  }
  return cache;
}

function integers(values: readonly number[]): Tensor {
  return new Tensor("int64", BigInt64Array.from(values, BigInt), [1, values.length]);
}
