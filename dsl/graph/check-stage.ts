/** Checks a stage's declaration for contradictions that types can't see, or that users who don't run tsc would miss. */
import { builtInKinds, kindOf, type OfKind } from "../../schemas/kinds.ts";
import { callSite } from "../call-site.ts";
import { PipelineMistake } from "../mistake.ts";
import type { StageSpec } from "./graph.ts";

const maps = (of: OfKind): boolean => kindOf(of).maps;
const joins = (of: OfKind): boolean => kindOf(of).joins;
const namesOf = (holds: (of: OfKind) => boolean): string[] => [...builtInKinds.keys()].filter((kind) => holds({ kind }));

/** Refuses a declaration: what is wrong with it, and what to write. */
type Refuse = (problem: string, fix: string) => never;

/** Refuses a declaration that contradicts itself, naming the place where it was written. */
export function refuseStage(stage: string): Refuse {
  return (problem, fix) => {
    const path = [callSite(), stage].filter((part) => part !== undefined);
    throw new PipelineMistake({ code: "bad-stage", message: `stage "${stage}": ${problem}`, path, fix });
  };
}

/**
 * Check what a stage's declaration says of its ports and parameters.
 *
 * @throws PipelineMistake with the first contradiction.
 */
export function checkStage(spec: StageSpec, order: readonly string[]): void {
  const refuse: Refuse = refuseStage(spec.name);
  if (!/^[a-z][A-Za-z0-9]*$/.test(spec.name))
    refuse("a stage's name must be camelCase, of a to z, A to Z and 0 to 9", 'name it with a verb: "scoreDocuments"');
  if (spec.outputs.length === 0) refuse("a stage without outputs has no use", "declare at least one output");
  const ports = spec.inputs.map((port) => port.name);
  for (const name of Object.keys(spec.params.shape)) {
    if (ports.includes(name)) refuse(`"${name}" is both an input and a parameter`, "rename one");
    if (name === "as") refuse('a parameter cannot be called "as": that names the node', "rename it");
  }
  if (ports.includes("as")) refuse('an input cannot be called "as": that names the node', "rename it");
  if (order.length > 0 && [...order].sort().join() !== [...ports].sort().join()) {
    refuse("`positional` must list every input once", `list them: ${ports.join(", ")}`);
  }
  for (const port of [...spec.inputs, ...spec.outputs]) {
    // for users who don't run tsc
    if (!builtInKinds.has(port.kind) && port.declaration === undefined) {
      const kinds = [...builtInKinds.keys()].join(", ");
      refuse(
        `"${port.name}" is of kind "${port.kind}", which does not exist`,
        `kinds: ${kinds}, and your own: defineKind({ name: "${port.kind}" })`,
      );
    }
    if (port.tokenizer !== undefined && kindOf(port).tokenizer !== "tied") {
      refuse(
        `"${port.name}" is of kind ${port.kind}, which is tied to no tokenizer`,
        "leave `tokenizer` out, or declare the kind with `tokenizer: true`",
      );
    }
    for (const target of [port.tokenizer, "from" in port ? port.from : undefined]) {
      if (target !== undefined && !ports.includes(target)) {
        refuse(`"${port.name}" refers to the input "${target}", which it does not have`, `name one of its inputs: ${ports.join(", ")}`);
      }
    }
  }
  for (const { name, each, tokenizer } of spec.inputs) {
    const known = Object.keys(spec.params.shape);
    if (each !== undefined && !known.includes(each))
      refuse(
        `"${name}" names the parameter "${each}", which it does not have`,
        `name one of its parameters: ${known.join(", ") || "there are none"}`,
      );
    const shared = spec.inputs.find((port) => port.name === tokenizer);
    if (shared?.takes === "optional")
      refuse(`"${name}" must share the tokenizer of "${shared.name}", which may be left out`, "name another input");
  }
  checkMap(spec, refuse);
}

function checkMap({ map, inputs, outputs }: StageSpec, refuse: Refuse): void {
  if (map === undefined) return;
  const over = inputs.find(({ name }) => name === map.port);
  if (over?.takes !== undefined) {
    const what = over.takes === "many" ? "a list" : "optional";
    refuse(
      `\`map\` names "${map.port}", which is ${what}`,
      "map over one artifact: combine those of a list in a stage before, or leave `map` out",
    );
  }
  if (over === undefined || !maps(over)) {
    const shards = inputs.filter(maps).map(({ name }) => `"${name}"`);
    refuse(
      `\`map\` names "${map.port}", which is ${over === undefined ? "not one of its inputs" : `a ${over.kind} and has no shards`}`,
      shards.length === 0
        ? `only inputs of kind ${namesOf(maps).join(", ")} have shards: leave \`map\` out`
        : `name ${shards.join(" or ")}`,
    );
  }
  const whole = outputs.filter((output) => !joins(output)).map(({ name }) => `"${name}"`);
  if (whole.length > 0 && !map.reduce) {
    refuse(
      `each shard writes a part of ${whole.join(" and ")}, and only parts of ${namesOf(joins).join(" and ")} are joined automatically`,
      "write `reduce(context, parts, params)`, which combines them into one",
    );
  }
}

/**
 * Check that `reduce` is given in the same way as `run`.
 *
 * @throws PipelineMistake when it is not, or when the stage has no shards whose parts it could combine.
 */
export function checkReduce({ name, map, code }: StageSpec, reduce: unknown): void {
  if (reduce === undefined) return;
  const refuse: Refuse = refuseStage(name);
  if (map === undefined)
    refuse("`reduce` combines what was produced per shard, and the stage has no shards", "name the input to map over: `map`");
  if (code.type === "module" && reduce !== true) {
    refuse("`run` is in a module of its own, and `reduce` is not", "export `reduce` there too, and write `reduce: true`");
  }
  if (code.type !== "module" && typeof reduce !== "function") {
    refuse("`reduce: true` means that the module of `run` exports it, and `run` is not a module", "write the function here");
  }
}

/**
 * Check that the size of shards is a parameter, and that the stage maps over files.
 *
 * @throws PipelineMistake when it is not, or the stage does not.
 */
export function checkShardBytes({ name, map, inputs, params }: StageSpec, parameter: string | undefined): void {
  if (parameter === undefined) return;
  const refuse: Refuse = refuseStage(name);
  const over = inputs.find((port) => port.name === map?.port);
  if (over === undefined) refuse("`shardBytes` is the size of shards, and the stage has none", "name the files to map over: `map`");
  else if (kindOf(over).shards !== undefined)
    refuse(`"${over.name}" are ${over.kind}, which come in shards of their own size`, "leave `shardBytes` out");
  const known = Object.keys(params.shape);
  if (!known.includes(parameter))
    refuse(`\`shardBytes\` names "${parameter}", which is not one of its parameters`, `name one: ${known.join(", ")}`);
}
