import type { ArtifactRef } from "../../schemas/artifact.ts";
import { CrisolError } from "../../schemas/error.ts";
import type { RunState } from "../../schemas/run-state.ts";
import { describeLocation } from "../../schemas/store-location.ts";
import type { Run } from "../../store/runs/run.ts";
import type { Store } from "../../store/store.ts";
import { nameChoice } from "../../system/text/name-choice.ts";
import { knownArtifacts, latestCompleted, pipelinesRun } from "./known-artifacts.ts";

/** An artifact that the user named. */
export interface NamedArtifact {
  readonly ref: ArtifactRef;
  /** Its full name: a digest, or run and output. */
  readonly name: string;
  /** The run by which it was named. */
  readonly run?: Run;
}

/**
 * The artifact that a name stands for: a digest or the start of one (at least four digits), a run's id, a pipeline's name (its latest completed run),
 * either of those with `/output`, or with `/stage` or `/stage.output` for the output of a stage.
 *
 * @param kind the kind to look for if a run has several outputs: `crisol generate quickstart` means its model
 * @throws CrisolError NOT_FOUND if it matches nothing, COMMAND_INVALID if it matches several.
 */
export async function resolveArtifact(store: Store, name: string, kind: string = "model"): Promise<NamedArtifact> {
  if (/^[0-9a-f]{4,64}$/.test(name)) {
    const found = await byDigest(store, name);
    if (found !== undefined) return found;
  }
  const slash = name.indexOf("/");
  const [owner, output] = slash < 0 ? [name, undefined] : [name.slice(0, slash), name.slice(slash + 1)];
  const named = await runNamed(store, owner);
  if (named === undefined) throw await notFound(store, name);
  const [label, ref] = output === undefined ? onlyOutput(named.state, name, kind) : [output, outputOf(named.state, name, output)];
  return { ref, name: `${named.run.runId}/${label}`, run: named.run };
}

async function byDigest(store: Store, prefix: string): Promise<NamedArtifact | undefined> {
  const matches = [...(await knownArtifacts(store)).values()].filter(({ ref }) => ref.digest.startsWith(prefix));
  const [first, second] = matches;
  if (first === undefined) return undefined;
  if (second === undefined) return { ref: first.ref, name: first.ref.digest };
  throw ambiguous(
    prefix,
    matches.map(({ ref }) => `${ref.digest.slice(0, prefix.length + 8)} (${ref.kind})`),
  );
}

async function runNamed(store: Store, name: string): Promise<{ run: Run; state: RunState } | undefined> {
  const run = /^[\w.-]+$/.test(name) ? await store.runs.find(name) : undefined;
  return run === undefined ? latestCompleted(store, name) : { run, state: await store.runs.state(run.runId) };
}

function onlyOutput({ outputs }: RunState, name: string, kind: string): [string, ArtifactRef] {
  const all = Object.entries(outputs);
  const ofKind = all.filter(([, ref]) => ref.kind === kind);
  const [only, another] = ofKind.length > 0 ? ofKind : all;
  if (only !== undefined && another === undefined) return only;
  if (only === undefined) throw noOutput(name, "it has no outputs yet", `wait for it to complete, or name a stage's output: ${name}/STAGE`);
  throw ambiguous(
    name,
    all.map(([output, ref]) => `${name}/${output} (${ref.kind})`),
  );
}

function outputOf({ outputs, nodes }: RunState, name: string, output: string): ArtifactRef {
  const found = outputs[output] ?? ofStage(nodes, output);
  if (found !== undefined) return found;
  const names = [...Object.keys(outputs), ...nodes.filter((node) => node.outputs !== undefined).map((node) => node.name)];
  throw noOutput(
    name,
    `it has no output, and no finished stage, named ${JSON.stringify(output)}`,
    `name one of: ${nameChoice(output, names)}`,
  );
}

function ofStage(nodes: RunState["nodes"], name: string): ArtifactRef | undefined {
  for (const node of nodes) {
    const made = Object.entries(node.outputs ?? {});
    const [only] = made.length === 1 && node.name === name ? made : made.filter(([output]) => `${node.name}.${output}` === name);
    if (only !== undefined) return only[1];
  }
  return undefined;
}

function ambiguous(name: string, candidates: readonly string[]): CrisolError {
  return new CrisolError({
    code: "COMMAND_INVALID",
    what: `${JSON.stringify(name)} matches ${candidates.length} artifacts`,
    where: "the command line",
    why: "a command works on one artifact",
    fix: `write one of: ${candidates.slice(0, 8).join(", ")}`,
  });
}

function noOutput(name: string, problem: string, fix: string): CrisolError {
  return new CrisolError({
    code: "NOT_FOUND",
    what: problem,
    where: JSON.stringify(name),
    why: "the command needs an artifact that exists",
    fix,
  });
}

async function notFound(store: Store, name: string): Promise<CrisolError> {
  const pipelines = await pipelinesRun(store);
  const known =
    pipelines.length === 0 ? "nothing has been run in this home" : `pipelines that were run in this home: ${nameChoice(name, pipelines)}`;
  return new CrisolError({
    code: "NOT_FOUND",
    what: `nothing is named ${JSON.stringify(name)}: no artifact's digest starts with it, no run has this id, and no pipeline of this name has completed`,
    where: describeLocation(store.location),
    why: "the command needs an artifact that exists",
    fix: `${known}; \`crisol artifacts list\` and \`crisol runs\` show names; choose another home with --home`,
  });
}
