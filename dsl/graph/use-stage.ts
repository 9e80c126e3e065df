/** A call of a stage inside a build: checks its arguments, records the node, returns its handles. */
import { canonicalJson } from "../../schemas/canonical-json.ts";
import { kindOf } from "../../schemas/kinds.ts";
import { callSite } from "../call-site.ts";
import { type AnyHandle, describeArtifact, mintHandle, type Origin, originOf } from "../handle.ts";
import { PipelineMistake } from "../mistake.ts";
import { bindPorts, type PortBindings } from "./bind-ports.ts";
import { type Build, type BuildNode, currentBuild } from "./build.ts";
import type { OutputSpec, StageSpec } from "./graph.ts";
import { eachIssues } from "./list-ports.ts";
import { parseParams } from "./params.ts";

/** Use a stage in the build under way. @throws PipelineMistake outside of one. */
export function useStage(spec: StageSpec, order: readonly string[], args: readonly unknown[]): unknown {
  const site = callSite();
  const build = currentBuild();
  if (build === undefined) {
    throw new PipelineMistake({
      code: "outside-build",
      message: `${spec.name}() was called outside a pipeline's build`,
      path: [site ?? "", spec.name].filter((part) => part !== ""),
      fix: "call stages only inside `build` of definePipeline, or in a function that build calls, and not after an `await`",
    });
  }
  const before = build.issues.length;
  const { handles, rest } = splitArguments(spec, order, args);
  const { as, ...raw } = rest;
  const name = nodeName(spec, as, build, site);
  const path = [...(site === undefined ? [] : [site]), name];
  if (args.length > order.length + 1) {
    build.issues.push({
      code: "too-many-arguments",
      message: `${spec.name}() takes at most ${order.length + 1} arguments, and got ${args.length}`,
      path,
      fix: "put all parameters into one object, the last argument",
    });
  }
  const bindings = bindPorts(spec, handles, build, path);
  const parsed = parseParams(spec.params, raw, path);
  build.issues.push(...parsed.issues);
  if (parsed.params !== undefined) build.issues.push(...eachIssues(spec, { inputs: bindings.inputs, params: parsed.params, path }));
  const faulty = build.issues.length > before;
  if (faulty) touch(build, args, 3);
  const node = record(build, { name, spec, inputs: bindings.inputs, params: parsed.params ?? {}, site, faulty }, path);
  return handlesOf(build, node, bindings);
}

/** Mark every node whose handle is somewhere in a value, down to a given depth. */
function touch(build: Build, value: unknown, depth: number): void {
  const from = originOf(value)?.from;
  if (from !== undefined && "node" in from) build.touched.add(from.node);
  else if (depth > 0 && typeof value === "object" && value !== null) {
    for (const member of Object.values(value)) touch(build, member, depth - 1);
  }
}

interface Arguments {
  readonly handles: Readonly<Record<string, unknown>>;
  readonly rest: Readonly<Record<string, unknown>>;
}

function splitArguments(spec: StageSpec, order: readonly string[], args: readonly unknown[]): Arguments {
  const last = args[order.length];
  const object = { ...(typeof last === "object" && last !== null && originOf(last) === undefined ? last : {}) };
  if (order.length > 0) return { handles: Object.fromEntries(order.map((port, index) => [port, args[index]])), rest: object };
  const isPort = (member: string): boolean => spec.inputs.some((port) => port.name === member);
  const members = Object.entries(object);
  return {
    handles: Object.fromEntries(members.filter(([member]) => isPort(member))),
    rest: Object.fromEntries(members.filter(([member]) => !isPort(member))),
  };
}

function nodeName(spec: StageSpec, as: unknown, build: Build, site: string | undefined): string {
  if (as === undefined) return spec.name;
  if (typeof as === "string" && /^[A-Za-z][A-Za-z0-9-]{0,63}$/.test(as)) return as;
  build.issues.push({
    code: "bad-name",
    message: `${typeof as === "string" ? JSON.stringify(as) : `a ${typeof as}`} cannot name a node`,
    path: [...(site === undefined ? [] : [site]), spec.name, "as"],
    fix: "use up to 64 letters, digits and hyphens, a letter first",
  });
  return spec.name;
}

/** Add the node, or find an identical one that was added before. */
function record(build: Build, node: BuildNode, path: readonly string[]): BuildNode {
  const twin = node.faulty ? undefined : build.nodes.find((other) => other.name === node.name && !other.faulty);
  if (twin === undefined) {
    build.nodes.push(node);
    return node;
  }
  if (isSame(twin, node)) return twin;
  const first = twin.site === undefined ? "" : ` (the first at ${twin.site})`;
  build.issues.push({
    code: "duplicate-name",
    message: `two nodes are named "${node.name}"${first}`,
    path,
    fix: `name this one: ${node.spec.name}(..., { as: "${node.name}2" })`,
  });
  const renamed = { ...node, faulty: true };
  build.nodes.push(renamed);
  return renamed;
}

function isSame(a: BuildNode, b: BuildNode): boolean {
  return (
    a.spec === b.spec &&
    canonicalJson(a.params) === canonicalJson(b.params) &&
    a.inputs.length === b.inputs.length &&
    a.inputs.every((input, index) => {
      const other = b.inputs[index];
      if (other === undefined || input.port !== other.port) return false;
      if ("node" in input.from && "node" in other.from)
        return input.from.node === other.from.node && input.from.output === other.from.output;
      return "pattern" in input.from && "pattern" in other.from && input.from.pattern.join("\0") === other.from.pattern.join("\0");
    })
  );
}

function handlesOf(build: Build, node: BuildNode, bindings: PortBindings): unknown {
  const handles = node.spec.outputs.map((output): [string, AnyHandle] => [
    output.name,
    mintHandle(originOfOutput(build, node, output, bindings)),
  ]);
  const [single, ...more] = handles;
  return single !== undefined && more.length === 0 ? single[1] : Object.freeze(Object.fromEntries(handles));
}

function originOfOutput(build: Build, node: BuildNode, output: OutputSpec, bindings: PortBindings): Origin {
  const from = output.from === undefined ? undefined : bindings.origins[output.from];
  const facts = [...new Set([...(from?.facts ?? []), ...output.adds])].sort();
  const tiedTo = output.tokenizer ?? output.from;
  const tied = kindOf(output).tokenizer !== "none" && tiedTo !== undefined ? bindings.origins[tiedTo]?.tokenizer : undefined;
  const tokenizer = output.identity ? node.name : tied;
  const what = describeArtifact(output.kind, facts);
  const suffix = node.spec.outputs.length === 1 ? "" : `.${output.name}`;
  return {
    build,
    kind: output.kind,
    ...(output.declaration === undefined ? {} : { declaration: output.declaration }),
    facts,
    ...(tokenizer === undefined ? {} : { tokenizer }),
    from: { node, output: output.name },
    label: `${what} of "${node.name}${suffix}"`,
  };
}
