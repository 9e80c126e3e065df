import { definePipeline, z } from "crisol";
import { first } from "../stages/numbers.ts";

/** So many tasks, none of which needs another. */
export default definePipeline({
  name: "tasks",
  params: z.object({ tasks: z.int().positive(), start: z.int() }),
  build({ tasks, start }) {
    const names = Array.from({ length: tasks }, (_, index) => `task-${index + 1}`);
    return Object.fromEntries(names.map((as, index) => [as, first({ n: start + index, seconds: 0, as })]));
  },
});
