import { existsSync, mkdirSync } from "node:fs";
import type { Checkpoints, StageContext } from "../../../dsl/context.ts";
import type { ArtifactRef } from "../../../schemas/artifact.ts";
import { sharedFacts } from "../../../schemas/artifact.ts";
import { CrisolError } from "../../../schemas/error.ts";
import type { LogLevel, Progress } from "../../../schemas/event.ts";
import type { PlanInput, PlanOutput } from "../../../schemas/plan.ts";
import type { ShardPart } from "../../../schemas/record.ts";
import type { CommandContext } from "../../../stage-code/command-context.ts";
import { type InputFolders, OpenInput, openInput } from "../../../store/artifacts/input-artifact.ts";
import { contentDigest } from "../../../store/artifacts/manifest.ts";
import { type DraftOutput, draftOutput } from "../../../store/artifacts/output-artifact.ts";
import type { Store } from "../../../store/store.ts";
import { type BoundPort, startCommand } from "../command/command-process.ts";
import type { Job } from "../protocol.ts";
import { checkedConfig } from "../trainer/checked-config.ts";
import { declaredEntry } from "../trainer/declared-entry.ts";
import { runTrainer } from "../trainer/trainer-process.ts";
import { secretsIn } from "./hide-secrets.ts";
import { stageCheckpoints } from "./stage-checkpoints.ts";

/** Receives what the context reports about the stage. */
export interface ContextListener {
  progress(progress: Progress): void;
  log(level: LogLevel, message: string): void;
  checkpoint(step: number): void;
}

/** A stage's context, with what only the host needs: its inputs and the drafts of its outputs. */
export interface HostContext {
  readonly context: StageContext;
  /** In port order, as the node names them. */
  readonly inputs: readonly OpenInput[];
  readonly drafts: { readonly [port: string]: DraftOutput };
}

/** The part of a job that its context needs: all but what goes on record. */
export type StageJob = Omit<Job, "record">;

/** Create the context of one attempt. */
export async function stageContext(job: StageJob, store: Store, signal: AbortSignal, listener: ContextListener): Promise<HostContext> {
  const folders = attemptFolders(job);
  const inputs: OpenInput[] = [];
  for (const [index, port] of job.node.inputs.entries()) {
    const ref = job.inputs[index];
    if (ref === undefined) throw new RangeError(`no artifact for input '${port.port}' of '${job.node.name}'`);
    const { part } = job;
    inputs.push(
      part?.type === "shard" && part.port === port.port
        ? new OpenInput(store, { ...ref, content: contentDigest(part.manifest) }, part.manifest, folders)
        : await openInput(store, ref, folders),
    );
  }
  const ports = boundPorts(job.node.inputs, inputs);
  const drafts: Record<string, DraftOutput> = {};
  for (const [port, output] of Object.entries(job.node.outputs)) {
    drafts[port] = draftOutput(store, output, factsOf(output, ports));
  }
  const checkpoints = stageCheckpoints({
    store,
    key: job.key,
    folders,
    saved: (step) => listener.checkpoint(step),
    damaged: (message) => listener.log("warn", message),
  });
  const context: CommandContext = {
    node: job.node.name,
    // which ports hold lists is in the types of the stage's own code
    inputs: Object.fromEntries(
      [...ports].map(
        ([
          port,
          {
            inputs: [first],
            list,
          },
        ]) => [port, list ?? first],
      ),
    ) as StageContext["inputs"],
    outputs: drafts,
    signal,
    get scratch() {
      return folders.scratch;
    },
    checkpoints,
    progress: (progress) => listener.progress(progress),
    log: (level, message) => listener.log(level, message),
    sign: (payloadType, payload) => store.keyring.sign(payloadType, payload),
    secret: (reference) => secretOf(reference.secret, job.node.name),
    startCommand: (served) => {
      for (const name of secretsIn(job.node.params)) secretOf(name, job.node.name);
      return startCommand({
        store,
        code: job.node.code,
        params: job.node.params,
        inputs: new Map([...ports].filter(([port]) => served.includes(port))),
        project: job.project,
        scratch: folders.scratch,
        signal,
        where: `stage ${job.node.name}`,
        log: (line) => listener.log("debug", line),
      });
    },
    trainer: async (entry, config) =>
      runTrainer({
        entry: declaredEntry(entry, job.node),
        config: checkedConfig(entry, config, job.node),
        scratch: folders.scratch,
        signal,
        handlers: {
          step: ({ step, steps, tokensPerSecond, eta, loss, learningRate, gradientNorm }) =>
            listener.progress({
              done: step,
              total: steps,
              unit: "steps",
              eta,
              metrics: { loss, learningRate, gradientNorm, tokensPerSecond },
            }),
          evaluation: ({ step, loss }) => listener.log("info", `step ${step}: validation loss ${loss.toFixed(4)}`),
          progress: ({ done, total, unit }) => listener.progress({ done, unit, total }),
          checkpoint: ({ path, step }) => publish(checkpoints, { path, step }, listener),
          warn: (message) => listener.log("warn", message),
          output: (line) => listener.log("debug", line),
        },
      }),
  };
  return { context, inputs, drafts };
}

/** The folders of an attempt; its scratch folder is created on first use, as most small stages never use it. */
export function attemptFolders({ scratch, project }: Pick<Job, "scratch" | "project">): InputFolders {
  return {
    project,
    get scratch() {
      mkdirSync(scratch, { recursive: true });
      return scratch;
    },
  };
}

/** Publish a trainer's checkpoint, unless later ones have replaced it while the previous one was being published. */
async function publish(checkpoints: Checkpoints, saved: { path: string; step: number }, listener: ContextListener): Promise<void> {
  try {
    await checkpoints.save(saved.path, saved.step);
  } catch (error) {
    if (existsSync(saved.path)) throw error;
    listener.log("info", `checkpoint of step ${saved.step} was replaced by a later one before it was published`);
  }
}

/** What is bound to each port: one input, or those of a list. */
function boundPorts(ports: readonly PlanInput[], opened: readonly OpenInput[]): Map<string, BoundPort<OpenInput>> {
  const bound = new Map<string, BoundPort<OpenInput>>();
  for (const [port, members] of Map.groupBy(
    opened.map((input, index) => ({ input, from: ports[index] })),
    ({ from }) => from?.port ?? "",
  )) {
    const inputs = members.map(({ input }) => input);
    bound.set(port, { inputs, ...(members.some(({ from }) => from?.many) ? { list: inputs } : {}) });
  }
  return bound;
}

function factsOf(output: PlanOutput, ports: ReadonlyMap<string, BoundPort<OpenInput>>): string[] {
  const kept = sharedFacts(ports.get(output.from ?? "")?.inputs.map(({ manifest }) => manifest.facts) ?? []);
  return [...new Set([...kept, ...output.adds])].sort();
}

function secretOf(name: string, node: string): string {
  const value = process.env[name];
  if (value !== undefined && value !== "") return value;
  throw new CrisolError({
    code: "ENVIRONMENT",
    what: `the secret ${name} is not set`,
    where: `stage ${node}`,
    why: "the stage needs its value, and secrets are never kept in a plan",
    fix: `set the environment variable ${name} where the worker runs, then \`crisol down\` and \`crisol resume\``,
  });
}

/** Commit what a stage wrote; an output without files is an error of the stage. */
export async function commitOutputs(job: StageJob, { drafts }: HostContext): Promise<{ [port: string]: ArtifactRef }> {
  const empty = Object.entries(drafts).filter(([, draft]) => draft.empty);
  if (empty.length > 0) {
    throw new CrisolError({
      code: "STAGE_FAILED",
      what: `the stage ended without writing ${empty.map(([port]) => `'${port}'`).join(" and ")}`,
      where: `stage ${job.node.name} (${job.node.stage})`,
      why: "later stages would read an artifact without files",
      fix: "write at least one file to every output (context.outputs), or throw an error with the reason",
    });
  }
  const provenance = { producer: job.key, inputs: job.inputs.map((input) => input.digest) };
  const refs: { [port: string]: ArtifactRef } = {};
  for (const [port, draft] of Object.entries(drafts)) refs[port] = await draft.commit(provenance);
  return refs;
}

/** What a stage wrote for one shard: not visible until all are joined; an empty part is allowed. */
export function partsOf({ drafts }: HostContext): { [port: string]: ShardPart } {
  return Object.fromEntries(Object.entries(drafts).map(([port, draft]) => [port, draft.part()]));
}

/** Discard what a failed stage had started to write. */
export async function abandonOutputs(host: HostContext | undefined): Promise<void> {
  await Promise.all(Object.values(host?.drafts ?? {}).map((draft) => draft.abandon()));
}
