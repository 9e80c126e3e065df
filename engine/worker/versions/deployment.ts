import { setTimeout as sleep } from "node:timers/promises";
import { type Client, isGrpcServiceError } from "@temporalio/client";
import type { WorkerDeploymentOptions } from "@temporalio/worker";
import { CrisolError } from "../../../schemas/error.ts";

/** gRPC status codes. */
const NOT_FOUND = 5;
/** Deadline exceeded, unavailable. */
const UNREACHABLE: readonly number[] = [4, 14];
/** With these a server says that it has no Worker Versioning, or not for us: invalid argument, permission denied, failed precondition, unimplemented. */
const REFUSALS: readonly number[] = [3, 7, 9, 12];
/** With these it says so for good: invalid argument, permission denied, unimplemented, unauthenticated. All others may pass, as on a server just up. */
const FINAL: readonly number[] = [3, 7, 12, 16];
/** temporal.api.workflow.v1.VersioningOverride.PinnedOverrideBehavior */
const PINNED = 1;
/** Milliseconds between two tries to become the version that new runs go to. */
const TRY_AGAIN_MS = 50;

/** The workers of a deployment: those of some queues, with one version of the workflow code. */
export interface DeploymentPlace {
  readonly namespace: string;
  /** The deployment's name: the prefix of the queues. Runs of one queue never wait for a version that polls another. */
  readonly name: string;
  /** The version: a digest of the workflow code. */
  readonly buildId: string;
}

/** How the server routes the runs of a deployment. */
interface Routing {
  /** The version that new runs go to; undefined for workers without a version. */
  readonly current: string | undefined;
  /** Every version that it knows, and when it last became current. */
  readonly versions: ReadonlyMap<string, Date | undefined>;
  /** Identifies this state: a change that names it is refused once the state has changed; null if no worker has been seen. */
  readonly conflictToken: Uint8Array | null;
}

/**
 * The workers of some queues as Temporal's Worker Versioning knows them: a run is pinned to the version of the workflow code that it started with.
 *
 * @see https://docs.temporal.io/worker-versioning
 */
export class Deployment {
  readonly name: string;
  readonly buildId: string;
  /** Why runs are not pinned to a version; undefined if they are. */
  readonly unpinned: string | undefined;
  readonly #client: Client;
  readonly #namespace: string;

  private constructor(client: Client, place: DeploymentPlace, unpinned?: string) {
    this.#client = client;
    this.#namespace = place.namespace;
    this.name = place.name;
    this.buildId = place.buildId;
    this.unpinned = unpinned;
  }

  /**
   * Ask the server whether it supports versions.
   *
   * @param versioning false: runs are not to be pinned; true: they must be
   * @throws CrisolError ENVIRONMENT if they must be and the server refuses
   */
  static async open(client: Client, place: DeploymentPlace, versioning?: boolean): Promise<Deployment> {
    if (versioning === false) return new Deployment(client, place, "versioning is false in temporal.config.ts");
    const deployment = new Deployment(client, place);
    const refusal = await deployment.routing().then(() => undefined, refusalOf);
    if (refusal === undefined) return deployment;
    if (versioning) throw notSupported(refusal);
    return new Deployment(client, place, refusal);
  }

  /** The options with which its workers are created. */
  get workerOptions(): { readonly workerDeploymentOptions?: WorkerDeploymentOptions } {
    if (this.unpinned !== undefined) return {};
    const version = { deploymentName: this.name, buildId: this.buildId };
    return { workerDeploymentOptions: { version, useWorkerVersioning: true, defaultVersioningBehavior: "PINNED" } };
  }

  /** Whether runs of a version stay with these workers. */
  pins(version: string | undefined): boolean {
    return this.unpinned === undefined && version === this.buildId;
  }

  /** Whether new runs go to this version. */
  async isCurrent(): Promise<boolean> {
    return this.unpinned !== undefined || (await this.routing()).current === this.buildId;
  }

  /**
   * Let new runs go to this version, whose workers must poll.
   *
   * @param options.again even if another version took over from this one
   * @param options.alone even if that leaves queues of the other version without a worker
   * @param options.within milliseconds to keep trying
   * @returns why they don't; undefined if they do
   * @throws what the client throws if the server can't be reached
   */
  async lead(options: { readonly again?: boolean; readonly alone?: boolean; readonly withinMs: number }): Promise<string | undefined> {
    const buildId = this.unpinned === undefined ? this.buildId : undefined;
    for (const deadline = performance.now() + options.withinMs; ; await sleep(TRY_AGAIN_MS)) {
      try {
        const { current, versions, conflictToken } = await this.routing();
        if (current === buildId) return undefined;
        if (buildId !== undefined && versions.get(buildId) !== undefined && !options.again)
          return `version ${current ?? "none"} has taken over from it`;
        await this.#client.workflowService.setWorkerDeploymentCurrentVersion({
          namespace: this.#namespace,
          deploymentName: this.name,
          buildId: buildId ?? "",
          identity: this.#client.options.identity,
          ignoreMissingTaskQueues: options.alone || buildId === undefined,
          // refused, and read again, if the routing has been changed since
          conflictToken,
        });
        return undefined;
      } catch (error) {
        if (!isGrpcServiceError(error)) throw error;
        if (this.unpinned !== undefined && REFUSALS.includes(error.code)) return undefined;
        // the server may not know its pollers yet
        if (!FINAL.includes(error.code) && performance.now() < deadline) continue;
        if (UNREACHABLE.includes(error.code)) throw error;
        return reasonOf(error);
      }
    }
  }

  /** Let an open workflow continue with this version, whatever it was pinned to. */
  async take(workflowId: string): Promise<void> {
    const version = { deploymentName: this.name, buildId: this.buildId };
    await this.#client.workflowService.updateWorkflowExecutionOptions({
      namespace: this.#namespace,
      workflowExecution: { workflowId },
      identity: this.#client.options.identity,
      workflowExecutionOptions: {
        versioningOverride: this.unpinned === undefined ? { pinned: { behavior: PINNED, version } } : { autoUpgrade: true },
      },
      updateMask: { paths: ["versioning_override"] },
    });
  }

  /** Which versions there are, and which of them new runs go to. */
  async routing(): Promise<Routing> {
    try {
      const { workerDeploymentInfo, conflictToken } = await this.#client.workflowService.describeWorkerDeployment({
        namespace: this.#namespace,
        deploymentName: this.name,
      });
      const versions = (workerDeploymentInfo?.versionSummaries ?? []).map(
        ({ lastCurrentTime: at, deploymentVersion }) =>
          [deploymentVersion?.buildId ?? "", at?.seconds ? new Date(Number(at.seconds) * 1000) : undefined] as const,
      );
      return {
        current: workerDeploymentInfo?.routingConfig?.currentDeploymentVersion?.buildId ?? undefined,
        versions: new Map(versions),
        conflictToken: conflictToken ?? null,
      };
    } catch (error) {
      if (isGrpcServiceError(error) && error.code === NOT_FOUND) return { current: undefined, versions: new Map(), conflictToken: null };
      throw error;
    }
  }
}

/** The server's reason; on a worker's connection, unlike a command's, only the message contains it. */
function reasonOf(error: { readonly details: string; readonly message: string }): string {
  return error.details || error.message;
}

/** A server's reason for refusing; any other error is thrown again. */
function refusalOf(error: unknown): string {
  if (isGrpcServiceError(error) && REFUSALS.includes(error.code)) return `the server says: ${reasonOf(error)}`;
  throw error;
}

function notSupported(refusal: string): CrisolError {
  return new CrisolError({
    code: "ENVIRONMENT",
    what: `runs can't be pinned to the workflow code that they started with: ${refusal}`,
    where: "versioning in temporal.config.ts",
    why: "after an upgrade of crisol, an open run could meet workflow code that does not fit its history",
    fix: "have Worker Versioning enabled there (Temporal server 1.29 or newer), or leave `versioning` out",
  });
}
