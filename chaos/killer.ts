import { setTimeout as sleep } from "node:timers/promises";
import { grpcAnswers } from "../engine/connection/grpc-answers.ts";
import { servicesStatus } from "../engine/services/up.ts";
import type { ChaosHome } from "./chaos-home.ts";
import { strike } from "./home-processes.ts";
import type { DrawnKill, Moment, Target, TimedNode } from "./kill-plan.ts";
import type { NodeAtWork, RunWatch } from "./run-watch.ts";

/** Milliseconds between two checks of the run. */
const LOOK_EVERY_MS = 20;
/** Milliseconds that a process to be killed may need to come up. */
const COMES_UP_WITHIN_MS = 15_000;
/** Milliseconds within which work must resume after a kill. */
const RECOVERS_WITHIN_MS = 120_000;
/** What is killed if the target does not exist. */
const INSTEAD: Target = "everything";

/** A kill that was carried out. */
export interface Kill {
  /** ISO 8601. */
  readonly at: string;
  readonly target: Target;
  /** The target that was drawn, if it did not exist. */
  readonly drawn?: Target;
  readonly pids: readonly number[];
  readonly atWork: readonly NodeAtWork[];
  /** Seconds until work resumed (for a server: until it answered); null if the next kill came first. */
  recovered: number | null;
}

/** Carries out kills on one run. */
export class Killer {
  readonly kills: Kill[] = [];
  /** Kills after which work did not resume in time. */
  readonly lost: Kill[] = [];
  readonly #home: ChaosHome;
  readonly #watch: RunWatch;
  readonly #nodes: ReadonlyMap<string, TimedNode>;
  readonly #signal: AbortSignal;
  /** Milliseconds without an event after which the run is taken to hang: a stage may report nothing until it ends. */
  readonly #quietMs: number;
  readonly #latestMs: number;

  /** @param until when the run must be over at the latest, on this process's clock */
  constructor(
    home: ChaosHome,
    watch: RunWatch,
    nodes: readonly TimedNode[],
    { until, signal }: { readonly until: number; readonly signal: AbortSignal },
  ) {
    this.#home = home;
    this.#watch = watch;
    this.#nodes = new Map(nodes.map((node) => [node.name, node]));
    this.#signal = signal;
    this.#latestMs = until;
    this.#quietMs = Math.max(RECOVERS_WITHIN_MS, ...nodes.map(({ seconds }) => 3000 * seconds));
  }

  /** Carry out kills until none are left, the run is over, or the run does not recover. */
  async run(drawn: readonly DrawnKill[], onKill: (kill: Kill) => void): Promise<void> {
    for (const [index, { target, moment }] of drawn.entries()) {
      if (!(await this.#due(moment))) return;
      const kill = await this.#strike(target);
      if (kill === undefined) return;
      this.kills.push(kill);
      const hasty = "seconds" in (drawn[index + 1]?.moment ?? {});
      const seconds = hasty ? this.#recovery(kill, 0) : this.#recovery(kill, RECOVERS_WITHIN_MS);
      kill.recovered = await seconds;
      onKill(kill);
      if (kill.recovered !== null || hasty) continue;
      this.lost.push(kill);
      return;
    }
  }

  /** Wait until the run is over; false if it has gone silent, or takes too long. */
  async untilOver(): Promise<boolean> {
    return this.#until(() => this.#watch.over);
  }

  /** Wait until a kill is due; false if the run is over. */
  async #due(moment: Moment): Promise<boolean> {
    const watch = this.#watch;
    if ("seconds" in moment) await this.#sleep(1000 * moment.seconds);
    else {
      const node = this.#nodes.get(moment.node);
      await this.#until(() => watch.over || node === undefined || watch.reached(node, moment.fraction));
    }
    return !watch.over;
  }

  async #until(holds: () => boolean): Promise<boolean> {
    let [heard, since] = [this.#watch.events, performance.now()];
    for (; !holds(); await this.#sleep(LOOK_EVERY_MS)) {
      if (this.#watch.events > heard) [heard, since] = [this.#watch.events, performance.now()];
      if (performance.now() - since > this.#quietMs || performance.now() > this.#latestMs) return false;
    }
    return true;
  }

  async #strike(drawn: Target): Promise<Kill | undefined> {
    const { mark } = this.#home;
    for (const deadline = performance.now() + COMES_UP_WITHIN_MS; !this.#watch.over; await this.#sleep(LOOK_EVERY_MS)) {
      const target = performance.now() < deadline ? drawn : INSTEAD;
      const atWork = this.#watch.atWork();
      const at = new Date().toISOString();
      const pids = strike(mark, target);
      if (pids.length > 0) return { at, target, ...(target === drawn ? {} : { drawn }), pids, atWork, recovered: null };
    }
    return undefined;
  }

  /** Seconds until work resumed after a kill; null if it did not in time. */
  async #recovery({ at, target, atWork }: Kill, withinMs: number): Promise<number | null> {
    const from = Date.parse(at);
    const nodes = atWork.map(({ node }) => node);
    for (const deadline = performance.now() + withinMs; ; await this.#sleep(LOOK_EVERY_MS)) {
      if (target === "server" && (await this.#serverAnswers())) return (Date.now() - from) / 1000;
      const sign = target === "server" ? undefined : this.#watch.workSince(from, nodes);
      if (sign !== undefined) return (sign - from) / 1000;
      if (this.#watch.over) return (Date.now() - from) / 1000;
      if (performance.now() >= deadline) return null;
    }
  }

  async #serverAnswers(): Promise<boolean> {
    const address = (await servicesStatus(this.#home.home))?.address;
    return address !== undefined && grpcAnswers(Number(address.split(":").at(-1)), 1_000);
  }

  #sleep(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.#signal });
  }
}
