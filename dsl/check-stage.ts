import type { ArtifactKind } from "../schemas/artifact.ts";
import type { StageSpec } from "./graph.ts";

/** Kinds whose artifacts have shards that a stage can go over. */
const mappable: readonly ArtifactKind[] = ["documents", "tokens", "files"];
/** Kinds whose parts become one by appending one to the other. */
const joined: readonly ArtifactKind[] = ["documents", "tokens"];

/**
 * Check what a stage's declaration says against itself.
 *
 * @throws TypeError with the first contradiction.
 */
export function checkStage(spec: StageSpec, order: readonly string[]): void {
  const refuse = (problem: string): never => {
    throw new TypeError(`stage "${spec.name}": ${problem}`);
  };
  if (!/^[a-z][A-Za-z0-9]*$/.test(spec.name)) refuse("a stage's name is camelCase, letters and digits");
  if (spec.outputs.length === 0) refuse("a stage without outputs has no use; declare at least one");
  const ports = spec.inputs.map((port) => port.name);
  for (const name of Object.keys(spec.params.shape)) {
    if (ports.includes(name)) refuse(`"${name}" is both an input and a parameter; rename one`);
    if (name === "as") refuse('a parameter cannot be called "as": that names the node');
  }
  if (ports.includes("as")) refuse('an input cannot be called "as": that names the node');
  if (order.length > 0 && [...order].sort().join() !== [...ports].sort().join()) refuse("`positional` must list every input once");
  for (const port of [...spec.inputs, ...spec.outputs]) {
    for (const target of [port.tokenizer, "from" in port ? port.from : undefined]) {
      if (target !== undefined && !ports.includes(target)) refuse(`"${port.name}" refers to the input "${target}", which it does not have`);
    }
  }
  refuseMap(spec, refuse);
}

function refuseMap({ map, inputs, outputs }: StageSpec, refuse: (problem: string) => never): void {
  if (map === undefined) return;
  const over = inputs.find(({ name }) => name === map.port);
  if (over === undefined) refuse(`\`map\` names the input "${map.port}", which it does not have`);
  else if (!mappable.includes(over.kind)) {
    refuse(`\`map\` names "${map.port}", and a ${over.kind} has no shards; only ${mappable.join(", ")} have`);
  }
  const whole = outputs.filter(({ kind }) => !joined.includes(kind)).map(({ name }) => `"${name}"`);
  if (whole.length > 0 && !map.reduce) {
    refuse(`\`map\` makes parts of ${whole.join(" and ")}, and only parts of ${joined.join(" and ")} join by themselves; write \`reduce\``);
  }
}
