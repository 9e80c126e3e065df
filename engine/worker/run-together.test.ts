import type { State } from "@temporalio/worker";
import { expect, test } from "vitest";
import { type PollingWorker, runTogether } from "./run-together.ts";

/** A worker that polls until it is asked to stop, or its poll is refused. */
class StandIn implements PollingWorker {
  readonly #over = Promise.withResolvers<void>();
  #state: State = "INITIALIZED";

  getState(): State {
    return this.#state;
  }

  async run(): Promise<void> {
    this.#state = "RUNNING";
    await this.#over.promise;
  }

  shutdown(): void {
    if (this.#state !== "RUNNING") throw new Error("not running");
    this.#state = "STOPPED";
    this.#over.resolve();
  }

  refuse(error: Error): void {
    this.#state = "FAILED";
    this.#over.reject(error);
  }
}

test("a worker whose poll is refused stops the others, and their resources are closed before its error is reported", async () => {
  const [cpu, gpu] = [new StandIn(), new StandIn()];
  let closedAt: State[] = [];
  const { ended } = runTogether([cpu, gpu], async () => {
    closedAt = [cpu.getState(), gpu.getState()];
  });
  const refused = new Error("the key was revoked");
  gpu.refuse(refused);
  await expect(ended).rejects.toBe(refused);
  expect(closedAt).toEqual(["STOPPED", "FAILED"]);
});

test("an error from outside stops the workers, and takes precedence over an error of closing", async () => {
  const workers = [new StandIn(), new StandIn()];
  const polling = runTogether(workers, () => Promise.reject(new Error("can't be closed")));
  const beside = new Error("new runs go elsewhere");
  polling.fail(beside);
  await expect(polling.ended).rejects.toBe(beside);
  expect(workers.map((worker) => worker.getState())).toEqual(["STOPPED", "STOPPED"]);
});

test("workers that are asked to stop end without an error", async () => {
  const polling = runTogether([new StandIn(), new StandIn()], async () => undefined);
  polling.stop();
  await expect(polling.ended).resolves.toBeUndefined();
});
