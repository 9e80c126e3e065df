/**
 * Server, worker and command as three processes, mTLS between them, and payloads encrypted: what the server's database then contains.
 *
 * The dev server has no TLS: the proxy of mtls-proxy.ts is in front of it, and only this file knows the server's own port.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, Connection } from "@temporalio/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { grpcAnswers } from "../../engine/connection/grpc-answers.ts";
import { freePort } from "../../system/processes/loopback-port.ts";
import { environmentProgram } from "../../system/processes/python-environment.ts";
import { Authority } from "../certificates.ts";
import { type MtlsProxy, mtlsProxy } from "./mtls-proxy.ts";
import { makeProject, type Project } from "./project.ts";

const root = join(import.meta.dirname, "..", "..");
const SERVER_NAME = "temporal.test";
const QUEUE = "elsewhere";

/** What must not be in the server's database in plain text: a parameter, a path, a text that a stage throws, a document. */
const secrets = {
  parameter: "PARAMETERc81f0e",
  path: "PATHd09a7b",
  thrown: "THROWN41b6fd",
  text: "TEXT9e22c4",
};

const pipelineFile = `
import { definePipeline, files, z } from "crisol";
import { words } from "../stages/words.ts";

export default definePipeline({
  name: "confidential",
  params: z.object({ word: z.string(), how: z.enum(["well", "throws", "rejects", "crashes"]).default("well"), flag: z.string().default("") }),
  build: (params) => ({ report: words(files("data/*.txt"), params) }),
});
`;

const stagesFile = `
import { existsSync } from "node:fs";
import { CrisolError, defineStage, output, port, z } from "crisol";

export const words = defineStage(import.meta, {
  name: "words",
  inputs: { from: port("files") },
  outputs: { report: output("report") },
  params: z.strictObject({ word: z.string(), how: z.string(), flag: z.string() }),
  resources: { attempts: 2 },
  async run(context, { word, how, flag }) {
    const [file] = context.inputs.from.manifest.files;
    const text = await context.inputs.from.text(file.path);
    if (how === "throws" && !existsSync(flag)) throw new RangeError("${secrets.thrown}: " + file.path + " says " + text);
    if (how === "rejects")
      throw new CrisolError({ code: "REJECTED", what: "${secrets.thrown} in " + text, where: file.path, why: word, fix: "none" });
    await context.outputs.report.write("report.json", JSON.stringify({ count: text.split(word).length - 1 }));
    return { in: 1, out: 1, warnings: [text] };
  },
});
`;

/** A process of this test, and its output. */
interface Started {
  readonly process: ChildProcess;
  said(): string;
  end(signal: NodeJS.Signals): Promise<void>;
}

function start(command: string, args: readonly string[], options: { cwd: string; env?: NodeJS.ProcessEnv }): Started {
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let words = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      words += chunk;
    });
  return {
    process: child,
    said: () => words,
    async end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const over = once(child, "exit");
      child.kill(signal);
      await over;
    },
  };
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(50)) if (await holds()) return;
  throw new Error(`after a minute still not: ${what}`);
}

/** A server, and everything needed to talk to it. */
class Elsewhere {
  readonly folder: string;
  readonly project: Project;
  readonly port: number;
  readonly #server: Started;
  readonly #proxy: MtlsProxy;
  readonly #authority: Authority;
  readonly #workers: Started[] = [];
  readonly key = randomBytes(32).toString("base64");

  private constructor(folder: string, project: Project, port: number, server: Started, authority: Authority, proxy: MtlsProxy) {
    this.folder = folder;
    this.project = project;
    this.port = port;
    this.#server = server;
    this.#authority = authority;
    this.#proxy = proxy;
  }

  static async make(config: string): Promise<Elsewhere> {
    const folder = await mkdtemp(join(tmpdir(), "crisol-elsewhere-"));
    const database = join(folder, "database");
    await mkdir(database);
    const port = await freePort();
    const server = start(
      environmentProgram("temporal"),
      [
        ...["server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port", String(port)],
        ...["--db-filename", join(database, "temporal.db"), "--sqlite-pragma", "journal_mode=wal"],
      ],
      { cwd: folder },
    );
    await until("the server answers", () => grpcAnswers(port, 1000));
    const authority = new Authority(join(folder, "certificates"), "the server's operator");
    const proxy = await mtlsProxy(authority, SERVER_NAME, port);
    const project = await makeProject({
      "pipelines/confidential.ts": pipelineFile,
      "stages/words.ts": stagesFile,
      [`data/${secrets.path}.txt`]: `one ${secrets.text} and another\n`,
      "temporal.config.ts": config,
    });
    const client = authority.sign("client", "client");
    await writeFile(
      join(folder, "temporal.toml"),
      `
[profile.elsewhere]
address = "${proxy.address}"
[profile.elsewhere.tls]
server_name = "${SERVER_NAME}"
server_ca_cert_path = "${authority.ca}"
client_cert_path = "${client.certificate}"
client_key_path = "${client.key}"
`,
    );
    return new Elsewhere(folder, project, port, server, authority, proxy);
  }

  /** The settings of a command: a profile with the certificates. */
  get profile(): Record<string, string> {
    return { TEMPORAL_CONFIG_FILE: join(this.folder, "temporal.toml"), TEMPORAL_PROFILE: "elsewhere", CODEC_KEY: this.key };
  }

  /** The settings of a worker: environment variables, with its own certificate. */
  get variables(): Record<string, string> {
    const { certificate, key } = this.#authority.sign("worker", "client");
    return { ...this.withoutCertificate, TEMPORAL_TLS_CLIENT_CERT_PATH: certificate, TEMPORAL_TLS_CLIENT_KEY_PATH: key };
  }

  get withoutCertificate(): Record<string, string> {
    return {
      TEMPORAL_ADDRESS: this.#proxy.address,
      TEMPORAL_TLS_SERVER_NAME: SERVER_NAME,
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: this.#authority.ca,
      CODEC_KEY: this.key,
    };
  }

  /** Start `crisol worker` and wait until it polls, or has ended. */
  async work(
    environment: Readonly<Record<string, string>>,
    { cwd = this.project.folder, options = [] }: { readonly cwd?: string; readonly options?: readonly string[] } = {},
  ): Promise<Started> {
    const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(VITEST|CRISOL_|NODE_ENV)/.test(name)));
    const args = [join(root, "bin/crisol.mjs"), "worker", "--home", this.project.home, ...options];
    const worker = start(process.execPath, args, { cwd, env: { ...inherited, NO_COLOR: "1", ...environment } });
    this.#workers.push(worker);
    await until("the worker polls or has ended", () => worker.said().includes("polls") || worker.process.exitCode !== null);
    return worker;
  }

  run(...args: readonly string[]) {
    return this.project.with(this.profile, ...args);
  }

  /** Start a run of the pipeline, and return how it ended and its name. */
  async runPipeline(how: string, ...args: readonly string[]) {
    const ended = await this.run("run", "confidential", "--set", `word=${secrets.parameter}`, "--set", `how=${how}`, ...args);
    return { ...ended, runId: /^run (\S+)$/m.exec(ended.stdout)?.[1] ?? "" };
  }

  /** End the server, and return which of the secrets its files contain. */
  async searched(): Promise<string[]> {
    const database = join(this.folder, "database");
    const found = new Set<string>();
    const search = async () => {
      for (const name of await readdir(database)) {
        const bytes = await readFile(join(database, name));
        for (const [what, secret] of Object.entries(secrets)) if (bytes.includes(secret)) found.add(what);
      }
    };
    // with the write-ahead log as it is, and merged
    await search();
    await this.#server.end("SIGTERM");
    await search();
    return [...found].toSorted();
  }

  async remove(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.end("SIGKILL")));
    await this.#proxy.close();
    await this.#server.end("SIGKILL");
    await this.project.remove();
    await rm(this.folder, { recursive: true });
  }
}

const withCodec = `
import { secret } from "crisol";
import { defineConfig } from "crisol/config";
export default defineConfig({ taskQueue: "${QUEUE}", codec: { key: { id: "k1", from: secret("CODEC_KEY") } } });
`;
const withNewKey = withCodec.replace(
  '{ key: { id: "k1", from: secret("CODEC_KEY") } }',
  '{ key: { id: "k2", from: secret("NEW_CODEC_KEY") }, otherKeys: [{ id: "k1", from: secret("CODEC_KEY") }] }',
);
const withoutCodec = `export default { taskQueue: "${QUEUE}", startWorker: false };\n`;

/** A blocked run that is fixed, one that is rejected, one that succeeds: everything that a run may send to the server. */
async function runAll(elsewhere: Elsewhere): Promise<string[]> {
  const flag = join(elsewhere.project.folder, "mended");
  const blocked = await elsewhere.runPipeline("throws", "--set", `flag=${flag}`);
  expect([blocked.code, blocked.stdout]).toEqual([1, expect.stringContaining(secrets.thrown)]);
  await writeFile(flag, "");
  const resumed = await elsewhere.run("resume", blocked.runId, "--retry");
  expect([resumed.code, resumed.stderr]).toEqual([0, ""]);
  const rejected = await elsewhere.runPipeline("rejects");
  expect([rejected.code, rejected.stdout]).toEqual([1, expect.stringContaining(secrets.text)]);
  const well = await elsewhere.runPipeline("well");
  expect([well.code, well.stderr]).toEqual([0, ""]);
  return [blocked, rejected, well].map(({ runId }) => runId);
}

describe("with the codec on", () => {
  let elsewhere: Elsewhere;
  let worker: Started;
  let runs: string[];
  let blocked: { readonly runId: string };

  beforeAll(async () => {
    elsewhere = await Elsewhere.make(withCodec);
  });
  afterAll(() => elsewhere.remove());

  it("a command without a certificate is refused, and says what is missing; no run is started", async () => {
    const refused = await elsewhere.project.with(elsewhere.withoutCertificate, "run", "confidential", "--set", "word=a");
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining("✖ SERVER_UNREACHABLE")]);
    expect(refused.stderr).toMatch(
      /requires a client certificate[\s\S]*where +127\.0\.0\.1:\d+[\s\S]*why [\s\S]*fix .*TEMPORAL_TLS_CLIENT_CERT_PATH/,
    );
    expect((await elsewhere.run("runs")).stdout).not.toContain("confidential-");
  });

  it("so is a worker without one, and a worker without the codec's key does not start", async () => {
    const refused = await elsewhere.work(elsewhere.withoutCertificate);
    expect([refused.process.exitCode, refused.said()]).toEqual([3, expect.stringMatching(/requires a client certificate/)]);
    const keyless = await elsewhere.work({ ...elsewhere.variables, CODEC_KEY: "" });
    expect([keyless.process.exitCode, keyless.said()]).toEqual([
      2,
      expect.stringMatching(/✖ CONFIG_INVALID +codec\.key 'k1': the environment variable is not set[\s\S]*where +\$CODEC_KEY/),
    ]);
  });

  it("runs go through, and nothing is started beside the existing worker", async () => {
    worker = await elsewhere.work(elsewhere.variables);
    runs = await runAll(elsewhere);
    const home = await readdir(elsewhere.project.home);
    expect(home).not.toContain("services.json");
    expect(await readdir(join(elsewhere.project.home, "temporal"))).toEqual([]);
  });

  it("doctor shows where each setting comes from, and no secret", async () => {
    const { code, stdout } = await elsewhere.run("doctor");
    expect([code, stdout]).toEqual([0, expect.stringMatching(/address +127\.0\.0\.1:\d+, from profile elsewhere of .*temporal\.toml/)]);
    expect(stdout).toMatch(/codec +AES-256-GCM by key 'k1' \(\$CODEC_KEY\), from temporal\.config\.ts/);
    expect(stdout).toMatch(/worker +polls from elsewhere: \d+@/);
    expect(stdout).not.toContain(elsewhere.key);
  });

  it("every payload of every history is encrypted except search attributes and the SDK's own notes on local activities", async () => {
    const connection = await Connection.connect({ address: `127.0.0.1:${elsewhere.port}` });
    try {
      const client = new Client({ connection });
      const clear = new Set<string>();
      for (const runId of runs) for (const at of clearPayloads(await client.workflow.getHandle(runId).fetchHistory())) clear.add(at);
      expect([...clear].toSorted()).toEqual([
        "markerRecordedEventAttributes.details.data.payloads",
        "upsertWorkflowSearchAttributesEventAttributes.searchAttributes.indexedFields.CrisolPlan",
        "upsertWorkflowSearchAttributesEventAttributes.searchAttributes.indexedFields.CrisolStatus",
        "workflowExecutionStartedEventAttributes.searchAttributes.indexedFields.CrisolPipeline",
        "workflowExecutionStartedEventAttributes.searchAttributes.indexedFields.CrisolPlan",
        "workflowExecutionStartedEventAttributes.searchAttributes.indexedFields.CrisolStatus",
      ]);
    } finally {
      await connection.close();
    }
  });

  it("a worker without any key leaves the run alone and says which it lacks; one that has it continues", async () => {
    await worker.end("SIGTERM");
    const bare = await mkdtemp(join(elsewhere.folder, "bare-"));
    await writeFile(join(bare, "temporal.config.ts"), withoutCodec);
    const keyless = await elsewhere.work(elsewhere.variables, { cwd: bare });
    let runId: string;
    try {
      const started = await elsewhere.runPipeline("well", "--set", "flag=another key", "--detach");
      expect([started.code, started.stderr]).toEqual([0, expect.stringMatching(/^`crisol watch` follows it.*\n$/)]);
      runId = started.runId;
      await until("it said what it lacks", () => keyless.said().includes("✖ CONFIG_INVALID"));
      expect(keyless.said()).toMatch(
        /encrypted with key 'k1', which this process does not have[\s\S]*where +codec in temporal\.config\.ts: not set[\s\S]*fix /,
      );
    } finally {
      await keyless.end("SIGTERM");
      worker = await elsewhere.work(elsewhere.variables);
    }
    const watched = await elsewhere.run("watch", runId);
    expect([watched.code, watched.stderr]).toEqual([0, ""]);
  });

  it("a command with a different key of the same name says so", async () => {
    blocked = await elsewhere.runPipeline("throws", "--set", `flag=${join(elsewhere.project.folder, "mended later")}`);
    const environment = { ...elsewhere.profile, CODEC_KEY: randomBytes(32).toString("base64") };
    const wrong = await elsewhere.project.with(environment, "resume", blocked.runId, "--retry");
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      expect.stringMatching(/✖ CONFIG_INVALID[\s\S]*'k1', but this process has another key under that name/),
    ]);
  });

  it("an older run continues under a new key, on a worker that the command starts because none is left", async () => {
    await worker.end("SIGTERM");
    await writeFile(join(elsewhere.project.folder, "mended later"), "");
    await elsewhere.project.write({ "temporal.config.ts": withNewKey });
    const environment = { ...elsewhere.profile, NEW_CODEC_KEY: randomBytes(32).toString("base64") };
    const resumed = await elsewhere.project.with(environment, "resume", blocked.runId, "--retry");
    expect([resumed.code, resumed.stderr]).toEqual([0, expect.stringContaining("starting")]);
    const services = JSON.parse(await readFile(join(elsewhere.project.home, "services.json"), "utf8")) as Record<string, unknown>;
    expect(services).toMatchObject({ external: true, phase: "up" });
    expect(services.server).toBeUndefined();
    await elsewhere.project.crisol("down");
  });

  it("the server's database contains no parameter, path or text in plain text", async () => {
    expect(await elsewhere.searched()).toEqual([]);
  });
});

describe("without the codec", () => {
  let elsewhere: Elsewhere;
  beforeAll(async () => {
    elsewhere = await Elsewhere.make(withoutCodec);
  });
  afterAll(() => elsewhere.remove());

  it("a run waits when no worker polls its queue, and the command says so; a worker of another queue does not take it", async () => {
    const other = await elsewhere.work(elsewhere.variables, { options: ["--queues", "gpu"] });
    const { runId, code, stderr } = await elsewhere.runPipeline("well", "--set", "flag=waiting", "--detach");
    expect([code, stderr]).toEqual([0, expect.stringContaining(`no worker polls ${QUEUE}-cpu`)]);
    expect((await elsewhere.run("doctor")).stdout).toMatch(/worker +not running; start one with `crisol worker`/);
    await other.end("SIGTERM");
    await elsewhere.work(elsewhere.variables);
    expect((await elsewhere.run("watch", runId)).code).toBe(0);
  });

  it("the same search finds them all, so it is able to", async () => {
    await runAll(elsewhere);
    expect(await elsewhere.searched()).toEqual(Object.keys(secrets).toSorted());
  });
});

/** The places of all unencrypted payloads in a history's events. */
function clearPayloads(history: unknown): string[] {
  const found: string[] = [];
  const visit = (value: unknown, path: readonly string[]): void => {
    if (typeof value !== "object" || value === null) return;
    if (value instanceof Uint8Array) return;
    if ("metadata" in value && typeof value.metadata === "object" && value.metadata !== null && "encoding" in value.metadata) {
      if (Buffer.from(value.metadata.encoding as Uint8Array).toString() !== "binary/encrypted") found.push(path.join("."));
      return;
    }
    for (const [name, member] of Object.entries(value)) visit(member, /^\d+$/.test(name) ? path : [...path, name]);
  };
  visit((history as { events: unknown }).events, []);
  return found;
}
