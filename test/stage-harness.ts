/** Runs one stage as a host does, with real artifacts in its own store, without Temporal and without a child process. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { StageSpec } from "../dsl/graph/graph.ts";
import type { StageCode } from "../engine/hosts/child/load-code.ts";
import { commitOutputs, type StageJob, stageContext } from "../engine/hosts/child/stage-context.ts";
import type { JobPart } from "../engine/hosts/protocol.ts";
import { outputsOf, packageStages } from "../planner/code/code-package.ts";
import { paramsWithSchemas } from "../planner/schema-files.ts";
import type { ArtifactRef, Manifest } from "../schemas/artifact.ts";
import { CodePackage } from "../schemas/code-package.ts";
import { type Digest, digestOf } from "../schemas/digest.ts";
import type { Document } from "../schemas/document.ts";
import type { LogLevel, Progress } from "../schemas/event.ts";
import { JsonObject } from "../schemas/json.ts";
import type { StageReport } from "../schemas/record.ts";
import { openInput } from "../store/artifacts/input-artifact.ts";
import { draftOutput } from "../store/artifacts/output-artifact.ts";
import { type ShardSizes, shardSizes } from "../store/artifacts/shard-cut.ts";
import { openStore, type Store } from "../store/store.ts";
import { runMapped, runOnce } from "./stage-run.ts";

/** The result of running a stage. */
export interface StageResult {
  readonly outputs: { readonly [port: string]: ArtifactRef };
  readonly report: StageReport;
  readonly progress: readonly Progress[];
  readonly logs: readonly { readonly level: LogLevel; readonly message: string }[];
}

/** How to run a stage: parameters as a pipeline writes them, and a signal that aborts it. */
export interface StageCall {
  readonly inputs: { readonly [port: string]: ArtifactRef | readonly ArtifactRef[] };
  readonly params?: object;
  readonly signal?: AbortSignal;
  /** Its code package, if it needs one: the files of its command. */
  readonly code?: Digest;
  /** Called at once with what it logs. */
  readonly log?: (level: LogLevel, message: string) => void;
}

/** The functions of a stage's module. */
export interface StageModule {
  readonly run: (context: never, params: never) => Promise<StageReport>;
  readonly reduce?: (context: never, parts: never, params: never) => Promise<StageReport>;
}

const nobody = digestOf("stage harness");

/** A store and a project's folder for the stages of one test; `close` removes them. */
export class StageHarness {
  readonly folder: string;
  readonly store: Store;
  #runs = 0;

  private constructor(folder: string, store: Store) {
    this.folder = folder;
    this.store = store;
  }

  static async open(): Promise<StageHarness> {
    const folder = await mkdtemp(join(tmpdir(), "crisol-stage-"));
    await mkdir(join(folder, "project"));
    return new StageHarness(folder, await openStore({ directory: join(folder, "store") }));
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The project's folder: paths of raw files are relative to it. */
  get project(): string {
    return join(this.folder, "project");
  }

  /** Put raw files into the project and pin them. */
  async files(contents: { readonly [path: string]: string | Uint8Array }): Promise<ArtifactRef> {
    for (const [path, bytes] of Object.entries(contents)) {
      await mkdir(dirname(join(this.project, path)), { recursive: true });
      await writeFile(join(this.project, path), bytes);
    }
    return this.pin(Object.keys(contents));
  }

  /** Pin raw files in the project or, with base "/", anywhere on this machine (without the leading slash). */
  async pin(paths: readonly string[], base: "." | "/" = "."): Promise<ArtifactRef> {
    const files: Manifest["files"] = [];
    for (const path of paths) files.push({ path, ...(await this.store.files.hashFile(join(base === "/" ? "/" : this.project, path))) });
    return this.store.artifacts.commit({
      kind: "files",
      facts: [],
      counts: { files: files.length },
      meta: base === "/" ? { base } : {},
      files,
      producer: null,
      inputs: [],
    });
  }

  /** An artifact of documents. */
  async documents(documents: Iterable<Document>, facts: readonly string[] = [], sizes: ShardSizes = shardSizes): Promise<ArtifactRef> {
    const draft = draftOutput(this.store, { kind: "documents" }, facts, sizes);
    const writer = draft.documents();
    for (const document of documents) await writer.write(document);
    await writer.close();
    return draft.commit({ producer: nobody, inputs: [] });
  }

  /** An artifact of any other kind. */
  async artifact(
    kind: string,
    files: { readonly [path: string]: string | Uint8Array },
    options: { readonly facts?: readonly string[]; readonly counts?: Readonly<Record<string, number>>; readonly meta?: JsonObject } = {},
  ): Promise<ArtifactRef> {
    const draft = draftOutput(this.store, { kind }, options.facts ?? []);
    for (const [path, contents] of Object.entries(files)) await draft.write(path, contents);
    for (const [name, value] of Object.entries(options.counts ?? {})) draft.count(name, value);
    for (const [name, value] of Object.entries(options.meta ?? {})) draft.meta(name, value);
    return draft.commit({ producer: nobody, inputs: [] });
  }

  /** Run a stage and commit its outputs: its function once or, for a mapped one, once for each shard, and then what joins them. */
  async run(
    stage: { readonly spec: StageSpec },
    code: StageModule | StageModule["run"],
    { inputs, params: written = {}, signal = new AbortController().signal, code: packaged = nobody, log }: StageCall,
  ): Promise<StageResult> {
    const { spec } = stage;
    const params = await paramsWithSchemas(JsonObject.parse(spec.params.parse(written)), this.project);
    this.#runs += 1;
    const scratch = join(this.folder, "scratch", `${this.#runs}`);
    await mkdir(scratch, { recursive: true });
    const bound = spec.inputs.flatMap(({ name, takes }) => {
      const given = [inputs[name] ?? []].flat();
      if (given.length === 0 && takes !== "optional") throw new TypeError(`no artifact was given for input "${name}" of ${spec.name}`);
      return given.map((ref) => ({ port: name, ref, ...(takes === "many" ? { many: true as const } : {}) }));
    });
    const refs = bound.map(({ ref }) => ref);
    const job: StageJob = {
      node: {
        name: spec.name,
        stage: spec.name,
        inputs: bound.map(({ port, ref: _, ...many }) => ({ port, from: { source: port }, ...many })),
        outputs: outputsOf(spec),
        params,
        code: packaged,
        runtime: Object.fromEntries(spec.runtime.map((name) => [name, digestOf(name)])),
        resources: spec.resources,
        ...(spec.map === undefined ? {} : { map: spec.map }),
      },
      key: digestOf(`${spec.name} ${JSON.stringify([refs, params])}`),
      inputs: refs,
      project: this.project,
      store: this.store.location,
      codeFolder: join(this.folder, "crisol-code"),
      scratch,
    };
    const progress: Progress[] = [];
    const logs: { level: LogLevel; message: string }[] = [];
    const contextOf = (part?: JobPart) =>
      stageContext(part === undefined ? job : { ...job, part }, this.store, signal, {
        progress: (latest) => progress.push(latest),
        log(level, message) {
          logs.push({ level, message });
          log?.(level, message);
        },
        checkpoint: () => undefined,
      });
    const functions = (typeof code === "function" ? { run: code } : code) as StageCode;
    const { host, report } =
      spec.map === undefined
        ? await runOnce(functions, job, contextOf)
        : await runMapped(this.store, functions, { job, map: spec.map, contextOf });
    return { outputs: await commitOutputs(job, host), report, progress, logs };
  }

  /** Run a stage from its code package, as a host does. */
  async runPackaged(stage: { readonly spec: StageSpec }, call: StageCall): Promise<StageResult> {
    const { store, project } = this;
    const packaged = (await packageStages([stage.spec], { project, store, cache: join(this.folder, "packages.json") })).get(stage.spec);
    if (packaged === undefined) throw new Error(`no code package of ${stage.spec.name}`);
    const { bundle } = CodePackage.parse(JSON.parse((await store.blobs.readAll(packaged.code)).toString()));
    const file = join(this.folder, `${bundle}.mjs`);
    await writeFile(file, await store.blobs.readAll(bundle));
    const module: StageModule = await import(file);
    return this.run(stage, module, { ...call, code: packaged.code });
  }

  /** The documents of an artifact, in order. */
  async read(ref: ArtifactRef | undefined): Promise<Document[]> {
    const documents: Document[] = [];
    for await (const document of (await this.input(ref)).documents()) documents.push(document);
    return documents;
  }

  /** A file of an artifact, as text. */
  async text(ref: ArtifactRef | undefined, path: string): Promise<string> {
    return (await this.input(ref)).text(path);
  }

  async input(ref: ArtifactRef | undefined): ReturnType<typeof openInput> {
    if (ref === undefined) throw new TypeError("the stage has no such output");
    return openInput(this.store, ref, { scratch: this.folder, project: this.project });
  }
}
