/** Checks what was passed to a stage's ports against what they demand: the same rules as the types', for what types can't see. */

import { describeArtifact, type Origin, originOf } from "../handle.ts";
import type { Build, BuildInput } from "./build.ts";
import type { PortSpec, StageSpec } from "./graph.ts";
import { mergedOrigin, type Refuse, refuseDisagreement } from "./list-ports.ts";

/** The ports of a call: where each input comes from, and what is known of it. */
export interface PortBindings {
  readonly inputs: readonly BuildInput[];
  readonly origins: Readonly<Record<string, Origin>>;
}

/** A call whose ports are being bound. */
interface Call {
  readonly spec: StageSpec;
  readonly build: Build;
  /** What is known of the ports before. */
  readonly origins: Readonly<Record<string, Origin>>;
}

/** Bind the values given to a stage's ports, adding an issue to the build for each that does not fit. */
export function bindPorts(spec: StageSpec, values: Readonly<Record<string, unknown>>, build: Build, path: readonly string[]): PortBindings {
  const inputs: BuildInput[] = [];
  const origins: Record<string, Origin> = {};
  for (const port of spec.inputs) {
    const given = values[port.name];
    const refuseAt =
      (...place: readonly string[]): Refuse =>
      (code, message, fix) => {
        build.issues.push({ code, message, path: [...path, port.name, ...place], fix });
      };
    const call = { spec, build, origins };
    if (port.takes === "many") {
      const bound = bindList(port, given, call, refuseAt);
      for (const { from } of bound) inputs.push({ port: port.name, many: true, from });
      const merged = mergedOrigin(bound);
      if (merged !== undefined) origins[port.name] = merged;
    } else if (given !== undefined || port.takes !== "optional") {
      const origin = bindOne(port, given, call, refuseAt());
      if (origin === undefined) continue;
      origins[port.name] = origin;
      inputs.push({ port: port.name, from: origin.from });
    }
  }
  return { inputs, origins };
}

function bindOne(port: PortSpec, value: unknown, { spec, build, origins }: Call, refuse: Refuse): Origin | undefined {
  const origin = originOf(value);
  if (origin === undefined) {
    refuseValue(port, value, refuse);
    return undefined;
  }
  if (origin.build !== undefined && origin.build !== build) {
    refuse(
      "foreign-handle",
      `${origin.label} belongs to another build`,
      "create it inside this pipeline's build; a handle cannot be kept between builds",
    );
  } else if (origin.kind !== port.kind) {
    refuse("wrong-kind", `expected ${describeArtifact(port.kind, port.facts)}, got ${origin.label}`, `pass a handle of kind ${port.kind}`);
  } else {
    refuseFacts(port, origin, origins, build, refuse);
    refuseExcluded(spec, port, origin, refuse);
  }
  return { ...origin, facts: [...new Set([...origin.facts, ...port.facts])].sort() };
}

function bindList(port: PortSpec, value: unknown, call: Call, refuseAt: (...place: readonly string[]) => Refuse): Origin[] {
  const refuse = refuseAt();
  const wanted = describeArtifact(port.kind, port.facts);
  if (!Array.isArray(value)) {
    const origin = originOf(value);
    if (value === undefined)
      refuse("missing-input", `the input "${port.name}" (a list of ${wanted}) is missing`, `pass [a, b] of ${port.kind}`);
    else
      refuse(
        "not-a-list",
        `expected a list of ${wanted}, got ${origin?.label ?? `a ${typeof value}`}`,
        "write [a, b]; a list may have one member",
      );
    return [];
  }
  const members: readonly unknown[] = value;
  if (members.length === 0) refuse("empty-list", `the list of ${wanted} is empty`, "pass at least one handle");
  const origins = members.flatMap((member, index) => bindOne(port, member, call, refuseAt(`${index}`)) ?? []);
  if (origins.length === members.length) refuseDisagreement(port, origins, refuse);
  return origins;
}

function refuseValue(port: PortSpec, value: unknown, refuse: Refuse): void {
  const wanted = describeArtifact(port.kind, port.facts);
  if (value === undefined) {
    refuse("missing-input", `the input "${port.name}" (${wanted}) is missing`, `pass the handle of a stage that produces ${port.kind}`);
    return;
  }
  const outputs =
    typeof value === "object" && value !== null ? Object.entries(value).filter(([, member]) => originOf(member) !== undefined) : [];
  const names = outputs.map(([name]) => name);
  refuse(
    "not-a-handle",
    `expected ${wanted}, got ${names.length > 0 ? `an object with the handles ${names.join(", ")}` : `a ${value === null ? "null" : typeof value}`}`,
    names.length > 0 ? `pass one of them: .${names.join(", .")}` : "pass what a stage returned; name your own files with files(...)",
  );
}

function refuseFacts(port: PortSpec, origin: Origin, before: Readonly<Record<string, Origin>>, build: Build, refuse: Refuse): void {
  const missing = port.facts.filter((fact) => !origin.facts.includes(fact));
  if (missing.length > 0) {
    const wanted = describeArtifact(port.kind, port.facts);
    refuse("missing-fact", `expected ${wanted}, got ${origin.label}`, missing.map((fact) => factFix(fact, origin, build)).join("; "));
  }
  const other = port.tokenizer === undefined ? undefined : before[port.tokenizer];
  if (other?.tokenizer !== undefined && origin.tokenizer !== undefined && other.tokenizer !== origin.tokenizer) {
    refuse(
      "wrong-tokenizer",
      `"${port.name}" was made with the tokenizer of "${origin.tokenizer}", "${port.tokenizer}" with that of "${other.tokenizer}"`,
      `tokenize both with the tokenizer of "${other.tokenizer}"`,
    );
  }
}

function refuseExcluded(spec: StageSpec, port: PortSpec, origin: Origin, refuse: Refuse): void {
  const outputs = spec.outputs.filter((output) => output.from === port.name);
  const excluded = new Set(outputs.flatMap(({ excludes = [] }) => excludes.filter((fact) => origin.facts.includes(fact))));
  for (const fact of excluded) {
    refuse(
      "excluded-fact",
      `${origin.label} is already ${fact}: ${spec.name}() would put it on both sides`,
      `pass an artifact that is not ${fact}`,
    );
  }
}

/** How an artifact can get a fact, as far as the build shows. */
function factFix(fact: string, origin: Origin, build: Build): string {
  for (const node of build.nodes) {
    const output = node.spec.outputs.find(({ adds }) => adds.includes(fact));
    if (output === undefined) continue;
    if (node.spec.outputs.length > 1)
      return `"${fact}" comes from the output ${output.name} of ${node.spec.name}(): pass what is derived from that`;
    if (output.kind === origin.kind) return `pass it through ${node.spec.name}() first`;
    return `"${fact}" comes from ${node.spec.name}(): pass what is derived from its output`;
  }
  return `pass it through a stage that adds "${fact}" first`;
}
