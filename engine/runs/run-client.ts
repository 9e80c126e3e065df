import { Client, Connection, ServiceError, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from "@temporalio/client";
import { type DataConverter, defineSearchAttributeKey } from "@temporalio/common";
import type { RunStatus } from "../../schemas/run-state.ts";
import { type PauseRequest, type ResumeRequest, type RunProgress, WORKFLOW_TASK_SECONDS } from "../../workflows/protocol.ts";
import { dataConverterOf } from "../connection/codec/data-converter.ts";
import { type ConnectionSettings, connectionSettings } from "../connection/settings/connection.ts";
import type { Config } from "../connection/settings/define.ts";
import { unreachable } from "../connection/unreachable.ts";
import { serverOf } from "../services/reach-server.ts";
import type { EngineSession } from "../session.ts";
import { noAnswer } from "./no-answer.ts";
import { refused } from "./refused.ts";
import type { RunWorkflow } from "./run-workflow.ts";
import { sessionServices } from "./session-services.ts";

/** The command's requests to the Temporal server: start, resume, pause, cancel and query runs, which are workflows of the same id. */
export class RunClient {
  readonly #connection: Connection;
  readonly #client: Client;
  /** The external server that it is connected to, with the namespace; undefined: the home's own. */
  readonly server: string | undefined;

  private constructor(connection: Connection, namespace: string, dataConverter: DataConverter, server: string | undefined) {
    this.#connection = connection;
    this.server = server;
    this.#client = new Client({ connection, namespace, dataConverter });
  }

  /**
   * Start those of a session's services that are not running, and connect to them.
   *
   * @throws CrisolError SERVER_UNREACHABLE, or why the services do not come up
   */
  static async connect(session: EngineSession): Promise<RunClient> {
    const config = await session.config();
    const services = await sessionServices(session);
    const { address, namespace } = services;
    return RunClient.connectTo(await connectionSettings(config, address), namespace, { ...config, server: serverOf(services) });
  }

  /** @throws CrisolError SERVER_UNREACHABLE, or CONFIG_INVALID for a missing codec key */
  static async connectTo(
    settings: ConnectionSettings,
    namespace: string,
    config: Pick<Config, "codec"> & { readonly server?: string | undefined } = {},
  ): Promise<RunClient> {
    const dataConverter = await dataConverterOf(config);
    const connection = await Connection.connect({ ...settings, connectTimeout: "10 seconds" }).catch(async (cause) => {
      throw await unreachable(settings, cause instanceof Error ? cause.message : String(cause), cause);
    });
    return new RunClient(connection, namespace, dataConverter, config.server);
  }

  /** The SDK's client, for requests that are not about one run. */
  get client(): Client {
    return this.#client;
  }

  /** Start a run's workflow; if one with its id exists already, that is this one. */
  async start({ type, id, taskQueue, input, attributes, summary, fairnessKey }: RunWorkflow): Promise<void> {
    const typedSearchAttributes = Object.entries(attributes).map(([name, value]) => ({
      key: defineSearchAttributeKey(name, "KEYWORD"),
      value,
    }));
    const started = this.#client.workflow.start(type, {
      workflowId: id,
      taskQueue,
      args: [input],
      typedSearchAttributes,
      workflowTaskTimeout: WORKFLOW_TASK_SECONDS * 1000,
      staticSummary: summary,
      priority: { fairnessKey },
    });
    await answerOf(id, started).catch((error: unknown) => {
      // an earlier answer may have been lost
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    });
  }

  async resume(runId: string, request: ResumeRequest): Promise<void> {
    await answerOf(runId, this.#client.workflow.getHandle(runId).signal("resume", request));
  }

  async cancel(runId: string): Promise<void> {
    await answerOf(runId, this.#client.workflow.getHandle(runId).cancel());
  }

  /** End a run's workflow, and those of its shards, without asking its workers. */
  async terminate(runId: string, reason: string): Promise<void> {
    await answerOf(runId, this.#client.workflow.getHandle(runId).terminate(reason));
  }

  async pause(runId: string, request: PauseRequest): Promise<void> {
    await answerOf(runId, this.#client.workflow.getHandle(runId).signal("pause", request));
  }

  /** The state of the run as its workflow reports it; undefined if the server knows no such run, or it is over. */
  async progress(runId: string): Promise<RunProgress | undefined> {
    const handle = this.#client.workflow.getHandle(runId);
    try {
      const { status } = await handle.describe();
      return status.name === "RUNNING" ? await handle.query<RunProgress>("progress") : undefined;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      if (error instanceof ServiceError) throw noAnswer(runId, error);
      throw error;
    }
  }

  /** Wait until a run is over. @throws WorkflowFailedError if it was rejected or cancelled */
  async result(runId: string): Promise<RunStatus> {
    return this.#client.workflow.getHandle(runId).result() as Promise<RunStatus>;
  }

  /** Whether the server has the run as open. */
  async isOpen(runId: string): Promise<boolean> {
    try {
      return (await this.#client.workflow.getHandle(runId).describe()).status.name === "RUNNING";
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw refused(runId, error);
    }
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}

/** The server's answer about a run. @throws CrisolError if it refuses, is not there, or the run is over */
async function answerOf<T>(runId: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw refused(runId, error);
  }
}
