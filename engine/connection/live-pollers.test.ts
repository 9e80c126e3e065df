import { spawnSync } from "node:child_process";
import { hostname } from "node:os";
import { expect, test } from "vitest";
import { livePollers } from "./live-pollers.ts";

const now = Math.floor(Date.now() / 1000);

/** A server that lists these pollers of a queue. */
const listing = (...pollers: readonly [identity: string, secondsAgo: number, version?: string][]) => ({
  describeTaskQueue: async () => ({
    pollers: pollers.map(([identity, ago, buildId]) => ({
      identity,
      lastAccessTime: { seconds: now - ago },
      ...(buildId === undefined ? {} : { deploymentOptions: { buildId } }),
    })),
  }),
});

test("a worker is alive if it polled a short while ago, unless it is known to have ended", async () => {
  const ended = spawnSync("true").pid;
  const service = listing(
    ["7@elsewhere", 60, "aa"],
    ["8@elsewhere", 300, "aa"],
    [`${process.ppid}@${hostname()}`, 1, "bb"],
    [`${ended}@${hostname()}`, 1, "cc"],
    [`${process.pid}@${hostname()}`, 1, "dd"],
    ["somebody's own name", 1],
  );
  const live = await livePollers(service, { namespace: "default", name: "q-cpu", type: "workflow" });
  expect(live).toEqual([
    { identity: "7@elsewhere", version: "aa" },
    { identity: `${process.ppid}@${hostname()}`, version: "bb" },
    { identity: "somebody's own name", version: undefined },
  ]);
});
