import { modelFolder } from "../../../engine/runs/export-models.ts";
import type { EngineSession } from "../../../engine/session.ts";
import type { ArtifactRef } from "../../../schemas/artifact.ts";
import { shortDigest } from "../../../schemas/digest.ts";
import { jsonOrUndefined } from "../../../schemas/json-text.ts";
import { EvaluationReport } from "../../../schemas/report.ts";
import type { RunState } from "../../../schemas/run-state.ts";
import { fileOf } from "../../../store/artifacts/manifest.ts";
import { count, counted, duration, size } from "../../../system/text/figures.ts";
import { bold, dim, green, yellow } from "../../../system/text/styles.ts";
import { shownContents } from "../report/shown-contents.ts";

/** How many outputs are listed; further ones are only counted. */
const LISTED = 20;

/** The summary of a run that rests: how it ended, and its outputs with their figures. */
export async function summaryLines(session: EngineSession, state: RunState): Promise<string[]> {
  const lines = ["", headline(state)];
  const outputs = Object.entries(state.outputs);
  for (const [name, artifact] of outputs.slice(0, LISTED)) lines.push(...(await outputLines(session, state, name, artifact)));
  if (outputs.length > LISTED) lines.push(dim(`  and ${outputs.length - LISTED} more: crisol status ${state.runId} --json`));
  return lines;
}

function headline({ status, nodes, runId, pipeline, error }: RunState): string {
  const ran = nodes.filter((node) => node.status === "done" && !node.cached);
  const cached = nodes.filter((node) => node.status === "done" && node.cached).length;
  const seconds = ran.reduce((sum, node) => sum + (node.seconds ?? 0), 0);
  switch (status) {
    case "completed":
      return ran.length === 0
        ? `${green("✓")} ${bold(pipeline)} is up to date: all ${counted(cached, "stage")} cached  ${dim(runId)}`
        : `${green("✓")} ${bold(pipeline)} completed: ${counted(ran.length, "stage")} ran (${duration(seconds)}), ${cached} cached  ${dim(runId)}`;
    case "blocked":
      return error?.code === "OTHER_VERSION"
        ? `${yellow("■")} ${bold(pipeline)} can't continue ${dim(runId)}`
        : `${yellow("■")} ${bold(pipeline)} is blocked. Fix the error above, then: crisol resume ${runId}`;
    case "paused":
      return `${yellow("■")} ${bold(pipeline)} is paused. Continue with: crisol resume ${runId}`;
    case "failed":
      return `✗ ${bold(pipeline)} failed ${dim(runId)}`;
    case "canceled":
      return nodes.every((node) => node.status === "done")
        ? `✗ ${bold(pipeline)} was cancelled after all its stages were done  ${dim(runId)}`
        : `✗ ${bold(pipeline)} was cancelled. Continue where it stopped with: crisol resume ${runId}`;
    case "running":
      return `${bold(pipeline)} is running ${dim(runId)}`;
  }
}

async function outputLines(session: EngineSession, state: RunState, name: string, artifact: ArtifactRef): Promise<string[]> {
  const store = await session.store();
  const manifest = await store.artifacts.manifest(artifact.digest);
  switch (artifact.kind) {
    case "report": {
      const file = fileOf(manifest, "report.json");
      const text = file && (await store.blobs.readAll(file.sha256)).toString("utf8");
      const { data: evaluation } = EvaluationReport.safeParse(text && jsonOrUndefined(text));
      return [
        `  ${bold(name)}  ${evaluation === undefined ? `report: cat $(crisol artifacts path ${state.pipeline}/${name} --file report.json)` : figuresOf(evaluation)}  ${dim(shortDigest(artifact.digest))}`,
      ];
    }
    case "model": {
      const sizes = manifest.files
        .filter(({ path }) => path.endsWith(".onnx"))
        .map(({ path, bytes }) => `${precisionOf(path)} ${size(bytes)}`);
      const folder = modelFolder(session, state.pipeline, name);
      return [
        `  ${bold(name)}  ${sizes.join(", ")}  ${dim(shortDigest(artifact.digest))}`,
        `    in ${folder}`,
        `    try: crisol generate ${state.pipeline} --prompt "..."`,
      ];
    }
    default:
      return [`  ${bold(name)}  ${artifact.kind}: ${shownContents(manifest)}  ${dim(shortDigest(artifact.digest))}`];
  }
}

function figuresOf({ perplexity, bitsPerByte, interval, confidence, unigramBitsPerByte, documents, tokens }: EvaluationReport): string {
  const range = interval.map((bound) => bound.toFixed(3)).join(" to ");
  return (
    `perplexity ${perplexity.toFixed(2)}, bits per byte ${bitsPerByte.toFixed(3)} (${count(100 * confidence)} % interval ${range}), ` +
    `unigram baseline ${unigramBitsPerByte.toFixed(3)} on ${count(documents)} held-out documents, ${count(tokens)} tokens`
  );
}

function precisionOf(path: string): string {
  return path.includes("quantized") ? "int8" : "fp32";
}
