import { existsSync, writeFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Client, Connection } from "@temporalio/client";
import { expect, test } from "vitest";
import { temporalStandIn } from "../../test/fixtures/temporal-stand-in.ts";
import { temporaryFolder } from "../../test/fixtures/temporary-store.ts";
import { replayAhead, takeOverDeadWorkers } from "./dead-workers.ts";

const LIST = "ListWorkflowExecutions";
/** gRPC status codes. */
const NOT_FOUND = 5;
const PERMISSION_DENIED = 7;

/** A field of text or of a message, in protobuf's encoding. */
function field(id: number, contents: string | Buffer): Buffer {
  return Buffer.concat([Buffer.from([(id << 3) | 2, contents.length]), Buffer.from(contents)]);
}

/** Take over from a dead worker that left an attempt, with a server that gives these answers; returns its calls and the worker's folder. */
async function settled(answer: (method: string, number: number) => number | Buffer) {
  const folder = temporaryFolder();
  const attempts = join(folder, "attempts");
  await mkdir(attempts);
  writeFileSync(join(attempts, "1.token"), "the-token");
  const { address, calls } = await temporalStandIn(answer);
  const connection = Connection.lazy({ address });
  const dead = { scratch: folder, attempts, remove: () => rm(folder, { recursive: true }) };
  await takeOverDeadWorkers(new Client({ connection }), [dead], "crisol-1-cpu");
  await connection.close();
  return { calls: calls.filter(({ method }) => method !== "GetSystemInfo"), folder };
}

test("the server forgets which runs the dead worker had in memory, page by page, before its attempts fail", async () => {
  const page = (runId: string, next: string) =>
    Buffer.concat([field(1, field(1, Buffer.concat([field(1, "small-1"), field(2, runId)]))), field(2, next)]);
  const { calls, folder } = await settled((method, number) =>
    method === LIST ? page(`run-${number}`, number === 0 ? "more" : "") : Buffer.alloc(0),
  );
  expect(calls.map(({ method }) => method)).toEqual([
    LIST,
    "ResetStickyTaskQueue",
    LIST,
    "ResetStickyTaskQueue",
    "RespondActivityTaskFailed",
  ]);
  expect(calls.map(({ message }) => message.toString("latin1"))).toEqual([
    expect.stringContaining("crisol-1-cpu"),
    expect.stringContaining("run-0"),
    expect.stringContaining("more"),
    expect.stringContaining("run-1"),
    expect.stringMatching(/the-token.*WORKER_LOST/s),
  ]);
  expect(existsSync(folder)).toBe(false);
});

test("attempts fail even if the server does not list open runs", async () => {
  const { calls, folder } = await settled((method) => (method === LIST ? PERMISSION_DENIED : Buffer.alloc(0)));
  expect(calls.map(({ method }) => method)).toEqual([LIST, "RespondActivityTaskFailed"]);
  expect(existsSync(folder)).toBe(false);
});

test("open runs are replayed by querying each, even after one that does not answer", async () => {
  const page = Buffer.concat(["run-1", "run-2", "run-3"].map((id) => field(1, field(1, field(1, id)))));
  const { address, calls } = await temporalStandIn((method) => (method === LIST ? page : NOT_FOUND));
  const connection = Connection.lazy({ address });
  await replayAhead(new Client({ connection }), "crisol-1-cpu");
  await connection.close();
  const [list, ...queries] = calls.filter(({ method }) => method !== "GetSystemInfo");
  expect(list?.message.toString("latin1")).toMatch(/TaskQueue = "crisol-1-cpu" AND CrisolStatus = "running"/);
  expect(queries.map(({ method, message }) => [method, /run-\d/.exec(message.toString("latin1"))?.[0]])).toEqual([
    ["QueryWorkflow", "run-1"],
    ["QueryWorkflow", "run-2"],
    ["QueryWorkflow", "run-3"],
  ]);
});
