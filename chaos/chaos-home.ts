import { existsSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type Home, homeAt } from "../engine/home.ts";
import { sessionServices } from "../engine/runs/session-services.ts";
import { startRun } from "../engine/runs/start-run.ts";
import { stopServices } from "../engine/services/up.ts";
import type { Plan } from "../schemas/plan.ts";
import { openStore, type Store } from "../store/store.ts";
import type { Binding, ChaosSession } from "./chaos-session.ts";
import { markChildren, markedProcesses, strike } from "./home-processes.ts";
import { RunWatch } from "./run-watch.ts";

const silent = { note: () => undefined };

/** A home for one run, in the system's folder for temporary files. */
export class ChaosHome {
  readonly home: Home;
  readonly session: ChaosSession;
  /** Identifies its processes. */
  readonly mark: string;
  readonly store: Store;

  private constructor(home: Home, session: ChaosSession, store: Store) {
    this.home = home;
    this.session = session;
    this.mark = basename(home.folder);
    this.store = store;
  }

  /** @param keys the home whose signing key is copied to this one: signatures are covered by digests */
  static async make(session: ChaosSession, keys?: ChaosHome): Promise<ChaosHome> {
    const home = homeAt(await mkdtemp(join(tmpdir(), "crisol-chaos-")));
    // there is no key where nothing was signed
    const from = keys && join(keys.home.store, "keys");
    if (from !== undefined && existsSync(from)) await cp(from, join(home.store, "keys"), { recursive: true });
    const store = await openStore({ directory: home.store });
    return new ChaosHome(home, { ...session, home, terminal: silent, store: async () => store }, store);
  }

  /** Start a pipeline here, with this home's own services. */
  async start(file: string, binding: Binding): Promise<{ readonly runId: string; readonly plan: Plan; readonly watch: RunWatch }> {
    const { plan, file: pipelineFile } = await this.session.preparePlan(this.session, file, binding);
    const services = await this.services();
    const { runId, planDigest } = await this.store.runs.create({ plan, projectFolder: this.session.project, pipelineFile });
    await startRun(this.session, services, { runId, planDigest, plan });
    return { runId, plan, watch: new RunWatch(await this.store.runs.start(runId)) };
  }

  /** Make sure that server and worker are up; processes started for that carry this home's mark. */
  services(): ReturnType<typeof sessionServices> {
    markChildren(this.mark);
    return sessionServices(this.session);
  }

  /** Stop the services as `crisol down` does. */
  async down(): Promise<void> {
    await stopServices(this.home);
  }

  /** Kill what is left of its processes, and delete it. */
  async remove(): Promise<void> {
    this.end();
    await rm(this.home.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }

  /** Kill what is left of its processes. */
  end(): void {
    while (markedProcesses(this.mark).length > 0) strike(this.mark, "everything");
  }
}
