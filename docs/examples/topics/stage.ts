/** A long stage, which saves its state: the next attempt continues from there. */
import { defineStage, output, port, z } from "crisol";
import { move, nearest, wordVector } from "./k-means.ts";

const State = z.object({ round: z.int(), centers: z.array(z.array(z.number())) });

export const topics = defineStage(import.meta, {
  name: "topics",
  summary: "part documents into groups by their words",
  inputs: { documents: port("documents") },
  outputs: { report: output("report") },
  params: z.object({
    groups: z.int().min(2).default(4),
    rounds: z.int().positive().default(30),
  }),

  async run({ checkpoints, inputs, outputs, progress, signal }, { groups, rounds }) {
    const vectors: number[][] = [];
    for await (const { text } of inputs.documents.documents()) vectors.push(wordVector(text));

    const saved = await checkpoints.load();
    let { round, centers } = saved === undefined ? { round: 0, centers: vectors.slice(0, groups) } : State.parse(saved.value);
    while (round < rounds) {
      signal.throwIfAborted();
      centers = move(centers, vectors);
      round += 1;
      await checkpoints.save({ round, centers }, round);
      progress({ done: round, total: rounds, unit: "rounds" });
    }

    const sizes = centers.map((_, group) => vectors.filter((vector) => nearest(centers, vector) === group).length);
    await outputs.report.write("report.json", JSON.stringify({ sizes, centers }));
    return { in: vectors.length, metrics: { sizes } };
  },
});
