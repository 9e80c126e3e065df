import { definePipeline, z } from "crisol";
import { first } from "../stages/numbers.ts";

/** A number of independent tasks. */
export default definePipeline({
  name: "tasks",
  params: z.object({ tasks: z.int().positive(), start: z.int() }),
  build({ tasks, start }) {
    const names = Array.from({ length: tasks }, (_, index) => `task-${index + 1}`);
    return Object.fromEntries(names.map((as, index) => [as, first({ n: start + index, seconds: 0, as })]));
  },
});
