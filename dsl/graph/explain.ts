/** A graph written for people: as text, or as a Mermaid diagram. */
import { z } from "zod";
import { sharedFacts } from "../../schemas/artifact.ts";
import { describeArtifact } from "../handle.ts";
import type { Graph, GraphNode, OutputSpec } from "./graph.ts";

/** How `explain` writes a graph. */
export type ExplainFormat = "text" | "mermaid";

/** Describe a graph: what it reads, each node with its inputs and outputs, and the pipeline's outputs. */
export function explain(graph: Graph, format: ExplainFormat = "text"): string {
  const facts = factsOf(graph);
  switch (format) {
    case "text":
      return asText(graph, facts);
    case "mermaid":
      return asMermaid(graph, facts);
  }
}

/** The facts of every output, by `node.output`. */
type Facts = ReadonlyMap<string, readonly string[]>;

function factsOf(graph: Graph): Facts {
  const facts = new Map<string, readonly string[]>();
  for (const node of graph.nodes) {
    for (const output of node.spec.outputs) {
      const sources = node.inputs.filter((input) => input.port === output.from);
      const kept = sharedFacts(sources.map(({ from }) => ("node" in from ? (facts.get(`${from.node}.${from.output}`) ?? []) : [])));
      facts.set(`${node.name}.${output.name}`, [...new Set([...kept, ...output.adds])].sort());
    }
  }
  return facts;
}

function asText(graph: Graph, facts: Facts): string {
  const width = Math.max(...graph.nodes.map((node) => node.name.length), ...graph.sources.map((source) => source.name.length), 0);
  const sources = graph.sources.map((source) => `  ${source.name.padEnd(width)}  ${source.pattern.join(", ")}`);
  const nodes = graph.nodes.flatMap((node) => {
    const stage = node.name === node.spec.name ? "" : `${node.spec.name}: `;
    const indent = " ".repeat(width + 4);
    return [
      `  ${node.name.padEnd(width)}  ${stage}${node.spec.summary}`,
      `${indent}<- ${inputTexts(node, graph).join("; ") || "nothing"}`,
      ...(chosenParams(node) === "" ? [] : [`${indent}with ${chosenParams(node)}`]),
      `${indent}-> ${node.spec.outputs.map((output) => made(node, output, facts)).join("; ")}`,
    ];
  });
  const outputs = Object.entries(graph.outputs).map(([name, { node, output }]) => `  ${name} = ${reference({ node, output }, graph)}`);
  return [`pipeline ${graph.pipeline}`, "reads", ...sources, "does", ...nodes, "gives", ...outputs, ""].join("\n");
}

/** What each port reads: "documents = seal", a list as "parts = [web, books]". */
function inputTexts(node: GraphNode, graph: Graph): string[] {
  return [...Map.groupBy(node.inputs, ({ port }) => port)].map(([port, inputs]) => {
    const from = inputs.map((input) => reference(input.from, graph)).join(", ");
    return `${port} = ${inputs.some(({ many }) => many) ? `[${from}]` : from}`;
  });
}

/** The parameters that are not the schema's defaults. */
function chosenParams(node: GraphNode): string {
  return Object.entries(node.params)
    .filter(([name, value]) => JSON.stringify(defaultOf(node, name)) !== JSON.stringify(value))
    .map(([name, value]) => `${name} ${JSON.stringify(value)}`)
    .join(", ");
}

function defaultOf(node: GraphNode, name: string): unknown {
  const schema = node.spec.params.shape[name];
  return schema === undefined ? undefined : z.safeParse(schema, undefined).data;
}

function made(node: GraphNode, output: OutputSpec, facts: Facts): string {
  const what = describeArtifact(output.kind, facts.get(`${node.name}.${output.name}`) ?? []);
  return node.spec.outputs.length === 1 ? what : `${output.name}: ${what}`;
}

function reference(from: GraphNode["inputs"][number]["from"], graph: Graph): string {
  if ("source" in from) return from.source;
  const node = graph.nodes.find(({ name }) => name === from.node);
  return node !== undefined && node.spec.outputs.length === 1 ? from.node : `${from.node}.${from.output}`;
}

function asMermaid(graph: Graph, facts: Facts): string {
  const id = (kind: string, name: string): string => `${kind}_${name.replaceAll("-", "_")}`;
  const sources = graph.sources.map((source) => `  ${id("source", source.name)}[/"${escapeLabel(source.pattern.join(", "))}"/]`);
  const nodes = graph.nodes.map((node) => {
    const stage = node.name === node.spec.name ? "" : `<br/><small>${node.spec.name}</small>`;
    return `  ${id("node", node.name)}["${escapeLabel(node.name)}${stage}"]`;
  });
  const edges = graph.nodes.flatMap((node) =>
    node.inputs.map(({ port, from }) => {
      if ("source" in from) return `  ${id("source", from.source)} --> ${id("node", node.name)}`;
      const kind =
        graph.nodes.find(({ name }) => name === from.node)?.spec.outputs.find(({ name }) => name === from.output)?.kind ?? "report";
      const label = describeArtifact(kind, facts.get(`${from.node}.${from.output}`) ?? []);
      const suffix = node.inputs.length === 1 || port === kind ? "" : ` as ${port}`;
      return `  ${id("node", from.node)} -- "${escapeLabel(label + suffix)}" --> ${id("node", node.name)}`;
    }),
  );
  const outputs = Object.entries(graph.outputs).flatMap(([name, { node }]) => [
    `  ${id("output", name)}(["${escapeLabel(name)}"])`,
    `  ${id("node", node)} ==> ${id("output", name)}`,
  ]);
  return ["flowchart TD", ...sources, ...nodes, ...edges, ...outputs, ""].join("\n");
}

function escapeLabel(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
