import { definePipeline, z } from "crisol";
import { first, next } from "../stages/numbers.ts";

/** A number of steps, one after the other. */
export default definePipeline({
  name: "sequence",
  params: z.object({ steps: z.int().positive(), start: z.int(), seconds: z.number().default(0) }),
  build({ steps, start, seconds }) {
    let number = first({ n: start, seconds, as: "step-1" });
    for (let step = 2; step <= steps; step += 1) number = next(number, { seconds, as: `step-${step}` });
    return { number };
  },
});
