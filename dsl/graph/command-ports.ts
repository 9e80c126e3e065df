import { refuseStage } from "./check-stage.ts";
import type { CommandPorts, StageSpec } from "./graph.ts";

/** The parts of a stage that decide which of its ports a command serves, and how. */
type Ports = Pick<StageSpec, "name" | "inputs" | "outputs" | "map">;

/**
 * How a command serves the ports of its stage: which documents it reads and answers, and what it gets as folders.
 *
 * @throws PipelineMistake for ports that a command cannot serve.
 */
export function commandPorts({ name, inputs, outputs, map }: Ports): CommandPorts {
  const refuse = refuseStage(name);
  const streams = inputs.filter(({ kind, takes }) => kind === "documents" && takes === undefined).map((port) => port.name);
  const mapped = map !== undefined && streams.includes(map.port) ? map.port : undefined;
  if (mapped === undefined && streams.length > 1) {
    refuse(
      `a command reads one input of documents, and this stage has ${streams.length}`,
      "name the one to read with `map`, or run a function",
    );
  }
  const reads = mapped ?? streams[0];
  const [documents, report] = (["documents", "report"] as const).map((kind) => {
    const [only, ...more] = outputs.filter((output) => output.kind === kind).map((output) => output.name);
    if (more.length > 0) refuse(`a command writes at most one output of kind ${kind}`, "run a function, or declare a stage for each");
    return only;
  });
  const other = outputs.find(({ kind }) => kind !== "documents" && kind !== "report");
  if (other !== undefined) refuse(`a command writes documents and a report, and "${other.name}" is a ${other.kind}`, "run a function");
  return {
    ...(reads === undefined ? {} : { reads }),
    ...(documents === undefined ? {} : { documents }),
    ...(report === undefined ? {} : { report }),
    folders: inputs.map((port) => port.name).filter((port) => port !== reads),
  };
}
