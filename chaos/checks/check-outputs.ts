import type { RunState } from "../../schemas/run-state.ts";

/** The differences between the outputs of a broken run and those of the unbroken one. */
export function outputProblems(unbroken: RunState, broken: RunState): string[] {
  if (broken.status !== unbroken.status) return [`the run is ${broken.status}, but the unbroken one was ${unbroken.status}`];
  const names = new Set([...Object.keys(unbroken.outputs), ...Object.keys(broken.outputs)]);
  const first = firstDifference(unbroken, broken);
  return [...names].flatMap((name) => {
    const [one, other] = [unbroken.outputs[name]?.digest, broken.outputs[name]?.digest];
    if (one === other) return [];
    return [`output ${name} is ${other ?? "missing"}, unbroken it was ${one ?? "missing"}${first}`];
  });
}

/** The first node of the plan whose artifacts differ: where to look. */
function firstDifference(unbroken: RunState, broken: RunState): string {
  const node = unbroken.nodes.find(({ name, outputs = {} }) => {
    const others = broken.nodes.find((each) => each.name === name)?.outputs ?? {};
    return Object.entries(outputs).some(([port, { digest }]) => others[port]?.digest !== digest);
  });
  return node === undefined ? "" : `; the first stage to differ is ${node.name}`;
}
