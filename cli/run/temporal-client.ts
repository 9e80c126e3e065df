import { Client, Connection, WorkflowNotFoundError } from "@temporalio/client";
import { defineSearchAttributeKey } from "@temporalio/common";
import { CrisolError } from "../../schemas/error.ts";
import type { RunState } from "../../schemas/run-state.ts";
import type { ResumeRequest, RunInput } from "../../workflows/protocol.ts";
import { type ConnectionSettings, connectionSettings } from "../config/connection.ts";
import { ensureServices } from "../services/up.ts";
import type { Session } from "../session.ts";
import { taskQueueOf } from "../worker/task-queue.ts";

const pipelineKey = defineSearchAttributeKey("CrisolPipeline", "KEYWORD");
const planKey = defineSearchAttributeKey("CrisolPlan", "KEYWORD");
const statusKey = defineSearchAttributeKey("CrisolStatus", "KEYWORD");

/** What the command asks of the Temporal server: start, resume, cancel and ask after runs, which are workflows of the same id. */
export class RunClient {
  readonly #connection: Connection;
  readonly #client: Client;
  readonly #queue: string;

  private constructor(connection: Connection, namespace: string, queue: string) {
    this.#connection = connection;
    this.#client = new Client({ connection, namespace });
    this.#queue = queue;
  }

  /**
   * Start what is missing of a session's services, and connect to them.
   *
   * @throws CrisolError SERVER_UNREACHABLE, or why the services do not come up
   */
  static async connect(session: Session): Promise<RunClient> {
    const config = await session.config();
    const onStart = () => session.terminal.note("starting the Temporal server and a worker ...");
    const { address, namespace } = await ensureServices(session.home, { config, onStart });
    return RunClient.connectTo(await connectionSettings(config, address), { namespace, home: session.home.folder });
  }

  /** @throws CrisolError SERVER_UNREACHABLE */
  static async connectTo(settings: ConnectionSettings, to: { readonly namespace: string; readonly home: string }): Promise<RunClient> {
    try {
      const connection = await Connection.connect({ ...settings, connectTimeout: "10 seconds" });
      return new RunClient(connection, to.namespace, taskQueueOf(to.home));
    } catch (cause) {
      throw new CrisolError(
        {
          code: "SERVER_UNREACHABLE",
          what: `the Temporal server does not answer: ${cause instanceof Error ? cause.message : String(cause)}`,
          where: settings.address,
          why: "runs are workflows on that server",
          fix: "run `crisol doctor`; for crisol's own server `crisol up`, else check the address in temporal.config.ts or TEMPORAL_ADDRESS",
        },
        { cause },
      );
    }
  }

  async start(input: Omit<RunInput, "queue">): Promise<void> {
    await this.#client.workflow.start("runPlan", {
      taskQueue: `${this.#queue}-cpu`,
      workflowId: input.runId,
      args: [{ ...input, queue: this.#queue }],
      typedSearchAttributes: [
        { key: pipelineKey, value: input.plan.pipeline },
        { key: planKey, value: input.planDigest },
        { key: statusKey, value: "running" },
      ],
      staticSummary: `${input.plan.pipeline}: ${input.plan.nodes.length} stages`,
    });
  }

  async resume(runId: string, request: ResumeRequest): Promise<void> {
    await this.#client.workflow.getHandle(runId).signal("resume", request);
  }

  async cancel(runId: string): Promise<void> {
    await this.#client.workflow.getHandle(runId).cancel();
  }

  /** The state as the workflow tells it; undefined when the server knows no such run, or it is over. */
  async state(runId: string): Promise<RunState | undefined> {
    const handle = this.#client.workflow.getHandle(runId);
    try {
      const { status } = await handle.describe();
      return status.name === "RUNNING" ? await handle.query<RunState>("state") : undefined;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  }

  /** Wait until a run is over. @throws WorkflowFailedError when it was rejected or cancelled */
  async result(runId: string): Promise<RunState> {
    return this.#client.workflow.getHandle(runId).result() as Promise<RunState>;
  }

  /** Whether the server has the run as open. */
  async isOpen(runId: string): Promise<boolean> {
    try {
      return (await this.#client.workflow.getHandle(runId).describe()).status.name === "RUNNING";
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}
