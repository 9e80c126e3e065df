import type { ArtifactRef } from "../../schemas/artifact.ts";
import type { Json, JsonObject } from "../../schemas/json.ts";
import type { RunState } from "../../schemas/run-state.ts";
import type { Session } from "../session.ts";
import { bold, dim, green, yellow } from "../terminal.ts";
import { count, duration, size } from "../view/figures.ts";
import { modelFolder } from "./lay-models.ts";

/** What a run that has come to rest leaves on the screen: how it ended, and its outputs with their figures. */
export async function summaryLines(session: Session, state: RunState): Promise<string[]> {
  const lines = ["", headline(state)];
  for (const [name, artifact] of Object.entries(state.outputs)) lines.push(...(await outputLines(session, state, name, artifact)));
  return lines;
}

function headline({ status, nodes, runId, pipeline }: RunState): string {
  const ran = nodes.filter((node) => node.status === "done" && !node.cached);
  const cached = nodes.filter((node) => node.status === "done" && node.cached).length;
  const seconds = ran.reduce((sum, node) => sum + (node.seconds ?? 0), 0);
  switch (status) {
    case "completed":
      return ran.length === 0
        ? `${green("✓")} ${bold(pipeline)} is up to date: all ${cached} stages cached ${dim(runId)}`
        : `${green("✓")} ${bold(pipeline)} completed: ${ran.length} stages ran (${duration(seconds)}), ${cached} cached ${dim(runId)}`;
    case "blocked":
      return `${yellow("■")} ${bold(pipeline)} is blocked. Mend what is said above, then: crisol resume ${runId}`;
    case "failed":
      return `✗ ${bold(pipeline)} failed ${dim(runId)}`;
    case "canceled":
      return `✗ ${bold(pipeline)} was cancelled. Start it again where it stopped with: crisol run ${pipeline}`;
    case "running":
      return `${bold(pipeline)} is running ${dim(runId)}`;
  }
}

async function outputLines(session: Session, state: RunState, name: string, artifact: ArtifactRef): Promise<string[]> {
  const store = await session.store();
  const manifest = await store.artifacts.manifest(artifact.digest);
  switch (artifact.kind) {
    case "report": {
      const file = manifest.files.find(({ path }) => path === "report.json");
      if (file === undefined) return [`  ${name}: report ${artifact.digest.slice(0, 12)}`];
      const report = JSON.parse(Buffer.from(await store.blobs.readAll(file.sha256)).toString("utf8")) as JsonObject;
      return reportLines(name, report);
    }
    case "model": {
      const sizes = manifest.files
        .filter(({ path }) => path.endsWith(".onnx"))
        .map(({ path, bytes }) => `${precisionOf(path)} ${size(bytes)}`);
      const folder = modelFolder(session, state.pipeline, name);
      return [
        `  ${bold(name)}  ${sizes.join(", ")}  ${dim(artifact.digest.slice(0, 12))}`,
        `    in ${folder}`,
        `    try: crisol generate ${state.pipeline} --prompt "..."`,
      ];
    }
    case "documents":
    case "tokens":
    case "tokenizer":
    case "checkpoint":
    case "files": {
      const counts = Object.entries(manifest.counts).map(([what, value]) => `${count(value)} ${what}`);
      return [`  ${bold(name)}  ${artifact.kind}: ${counts.join(", ")}  ${dim(artifact.digest.slice(0, 12))}`];
    }
  }
}

function reportLines(name: string, report: JsonObject): string[] {
  const { perplexity, bitsPerByte, unigramBitsPerByte, interval, documents, tokens } = report;
  if (!isNumber(perplexity) || !isNumber(bitsPerByte)) return [`  ${bold(name)}  ${Object.keys(report).join(", ")}`];
  const range =
    Array.isArray(interval) && interval.every(isNumber) ? ` (95 % interval ${interval.map((bound) => bound.toFixed(3)).join(" to ")})` : "";
  const baseline = isNumber(unigramBitsPerByte) ? `, unigram baseline ${unigramBitsPerByte.toFixed(3)}` : "";
  const on = isNumber(documents) && isNumber(tokens) ? ` on ${count(documents)} held-out documents, ${count(tokens)} tokens` : "";
  return [`  ${bold(name)}  perplexity ${perplexity.toFixed(2)}, bits per byte ${bitsPerByte.toFixed(3)}${range}${baseline}${on}`];
}

const isNumber = (value: Json | undefined): value is number => typeof value === "number";

function precisionOf(path: string): string {
  return path.includes("quantized") ? "int8" : "fp32";
}
