import type { Ingredients } from "../../schemas/record.ts";

/** A name for each input of a node: its port, and of a list its place in it: `parts[0]`. */
export function portLabels(inputs: readonly Pick<Ingredients["inputs"][number], "port" | "many">[]): string[] {
  return inputs.map(({ port, many }, index) => {
    const before = inputs.slice(0, index).filter((other) => other.port === port).length;
    return many ? `${port}[${before}]` : port;
  });
}
