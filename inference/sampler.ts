import type { Random } from "../system/random.ts";

/** How the next token is chosen from the logits. */
export interface Sampling {
  /** 0 takes the likeliest token; 1 samples by the model's probabilities; above 1, more evenly. */
  readonly temperature: number;
  /** Sample from the k likeliest only; 0: from all. */
  readonly topK: number;
  /** Sample from the likeliest that together have this probability; 1: from all. */
  readonly topP: number;
  /** Divide the logits of tokens that are already in the text; 1: leave them. @see arXiv:1909.05858, section 4.1 */
  readonly repetitionPenalty: number;
}

/** Choose a token: penalty first, then temperature, then top-k, then top-p, as Transformers does. */
export function sample(logits: Float32Array, text: Iterable<number>, sampling: Sampling, random: Random): number {
  const scores = penalised(logits, text, sampling.repetitionPenalty);
  if (sampling.temperature === 0) return likeliest(scores);
  // first the difference: divided by a tiny temperature, two scores may both be infinite, and their difference is no number
  const highest = scores[likeliest(scores)] ?? 0;
  for (const [id, score] of scores.entries()) scores[id] = (score - highest) / sampling.temperature;
  return draw(candidates(scores, sampling), scores, random);
}

function penalised(logits: Float32Array, text: Iterable<number>, penalty: number): Float64Array {
  const scores = Float64Array.from(logits);
  if (penalty === 1) return scores;
  for (const id of new Set(text)) {
    const score = scores[id];
    if (score !== undefined) scores[id] = finite(score > 0 ? score / penalty : score * penalty);
  }
  return scores;
}

/** A score that a tiny or huge penalty made infinite, as one that others can be compared with. */
function finite(score: number): number {
  return Math.max(-Number.MAX_VALUE / 4, Math.min(score, Number.MAX_VALUE / 4));
}

function likeliest(scores: Float64Array): number {
  let best = 0;
  for (const [id, score] of scores.entries()) if (score > (scores[best] ?? 0)) best = id;
  return best;
}

/** The ids to draw from, the likeliest first where it matters; equal scores in order of id. */
function candidates(scores: Float64Array, { topK, topP }: Sampling): Uint32Array {
  const ids = Uint32Array.from(scores.keys());
  if (topK === 0 && topP === 1) return ids;
  ids.sort((one, other) => (scores[other] ?? 0) - (scores[one] ?? 0) || one - other);
  const first = topK === 0 ? ids : ids.subarray(0, topK);
  return topP === 1 ? first : nucleus(first, scores, topP);
}

function nucleus(ids: Uint32Array, scores: Float64Array, topP: number): Uint32Array {
  const weights = weightsOf(ids, scores);
  const enough = topP * sum(weights);
  let mass = 0;
  for (const [place, weight] of weights.entries()) {
    mass += weight;
    if (mass >= enough) return ids.subarray(0, place + 1);
  }
  return ids;
}

function draw(ids: Uint32Array, scores: Float64Array, random: Random): number {
  const weights = weightsOf(ids, scores);
  let rest = random.next() * sum(weights);
  for (const [place, weight] of weights.entries()) {
    rest -= weight;
    if (rest < 0) return ids[place] ?? 0;
  }
  return ids[ids.length - 1] ?? 0;
}

/** Probabilities up to a factor. */
function weightsOf(ids: Uint32Array, scores: Float64Array): Float64Array {
  let highest = Number.NEGATIVE_INFINITY;
  for (const id of ids) highest = Math.max(highest, scores[id] ?? 0);
  return Float64Array.from(ids, (id) => Math.exp((scores[id] ?? 0) - highest));
}

function sum(weights: Float64Array): number {
  return weights.reduce((total, weight) => total + weight, 0);
}
