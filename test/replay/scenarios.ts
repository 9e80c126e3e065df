import type { Recorder } from "./recorder.ts";

/** What happens to the recorded runs, by the name of their histories. */
export const scenarios: { readonly [name: string]: (recorder: Recorder) => Promise<void> } = {
  async chain(recorder) {
    await recorder.run({ shape: "chain" });
  },
  async "two-roots"(recorder) {
    await recorder.run({ shape: "two roots" });
  },
  async cached(recorder) {
    await recorder.run({ shape: "diamond" });
    await recorder.run({ shape: "diamond" });
  },
  async independent(recorder) {
    await recorder.run({ shape: "independent" });
  },
  async released(recorder) {
    const runId = await recorder.startWaiting({ shape: "four" });
    await recorder.repair();
    await recorder.untilRest(runId);
  },
  async "host-crashed"(recorder) {
    await recorder.run({ shape: "diamond", how: "crashes until" });
  },
  async "worker-killed"(recorder) {
    const runId = await recorder.startWaiting({ shape: "diamond" });
    await recorder.killWorker(runId);
    await recorder.repair();
    await recorder.untilRest(runId);
  },
  async "services-stopped"(recorder) {
    const runId = await recorder.startWaiting({ shape: "diamond" });
    await recorder.command("down");
    await recorder.repair();
    await recorder.command("resume", runId);
  },
  async "blocked-retried"(recorder) {
    const runId = await recorder.run({ shape: "four", how: "throws until" });
    await recorder.command("resume", runId, "--retry");
    await recorder.repair();
    await recorder.command("resume", runId, "--retry");
  },
  async "blocked-amended"(recorder) {
    const runId = await recorder.run({ shape: "diamond", how: "throws until" });
    await recorder.command("resume", runId, "--set", "how=well");
  },
  async "blocked-resumed-from"(recorder) {
    const runId = await recorder.run({ shape: "diamond", how: "throws until" });
    await recorder.repair();
    await recorder.command("resume", runId, "--from", "first");
  },
  async "blocked-still"(recorder) {
    await recorder.run({ shape: "four", how: "throws until" });
  },
  async "blocked-cancelled"(recorder) {
    await recorder.command("cancel", await recorder.run({ shape: "diamond", how: "throws until" }));
  },
  async cancelled(recorder) {
    await recorder.command("cancel", await recorder.startWaiting({ shape: "four" }));
  },
  async "paused-resumed"(recorder) {
    const runId = await recorder.startWaiting({ shape: "four" });
    await recorder.command("pause", runId);
    await recorder.repair();
    await recorder.command("resume", runId);
  },
  async "paused-after-stages"(recorder) {
    const runId = await recorder.startWaiting({ shape: "diamond" });
    await recorder.pauseAfterStages(runId);
    await recorder.repair();
    await recorder.untilRest(runId);
    await recorder.command("resume", runId);
  },
  async "paused-cancelled"(recorder) {
    const runId = await recorder.startWaiting({ shape: "diamond" });
    await recorder.command("pause", runId);
    await recorder.command("cancel", runId);
  },
  async rejected(recorder) {
    await recorder.run({ shape: "diamond", how: "rejects" });
  },
  async "damaged-repaired"(recorder) {
    const runId = await recorder.startWaiting({ shape: "four" });
    await recorder.damage(runId, "first");
    await recorder.repair();
    await recorder.untilRest(runId);
  },
  async "fan-out"(recorder) {
    await recorder.run({ shape: "over shards" });
  },
  async "fan-out-failed"(recorder) {
    const runId = await recorder.run({ shape: "over shards", how: "throws until" });
    await recorder.repair();
    await recorder.command("resume", runId, "--retry");
  },
  async "fan-out-cancelled"(recorder) {
    await recorder.command("cancel", await recorder.startWaiting({ shape: "over shards" }));
  },
  async "fan-out-paused"(recorder) {
    const runId = await recorder.startWaiting({ shape: "over shards" });
    await recorder.command("pause", runId);
    await recorder.repair();
    await recorder.command("resume", runId);
  },
  async "fan-out-continued"(recorder) {
    await recorder.runShards();
  },
  async continued(recorder) {
    await recorder.run({ shape: "chain", longestHistory: 10 });
  },
  async "continued-paused"(recorder) {
    const runId = await recorder.startWaiting({ shape: "four", longestHistory: 10 });
    await recorder.command("pause", runId);
    await recorder.repair();
    await recorder.command("resume", runId);
  },
  async "continued-failed"(recorder) {
    const runId = await recorder.run({ shape: "four", how: "throws until", longestHistory: 10 });
    await recorder.repair();
    await recorder.command("resume", runId, "--retry");
  },
  async shared(recorder) {
    const runs = [await recorder.startWaiting({ shape: "diamond" }), await recorder.startWaiting({ shape: "diamond" })];
    await recorder.repair();
    for (const runId of runs) await recorder.untilRest(runId);
  },
};
