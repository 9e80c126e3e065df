import { createServer as createHttp2Server } from "node:http2";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterEach, expect, test } from "vitest";
import { freePort } from "../../system/processes/loopback-port.ts";
import { grpcAnswers } from "./grpc-answers.ts";

// the tests of the services cover a real Temporal server
let server: Server | undefined;
afterEach(() => server?.close());

function listening(started: Server): Promise<number> {
  server = started;
  return new Promise((resolve) => started.listen(0, "127.0.0.1", () => resolve((started.address() as AddressInfo).port)));
}

test("a closed port is no answer", async () => {
  expect(await grpcAnswers(await freePort(), 2000)).toBe(false);
});

test("a server of another kind that answers, hangs up or stays silent is no answer", async () => {
  const rude = await listening(createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")));
  expect(await grpcAnswers(rude, 2000)).toBe(false);
  const silent = await listening(createServer());
  expect(await grpcAnswers(silent, 100)).toBe(false);
});

test.each([
  ["0", true],
  ["14", false],
])("an answer with status %s", async (status, answers) => {
  const http2 = createHttp2Server().on("stream", (stream) => {
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": status }));
    stream.end(Buffer.alloc(5));
  });
  expect(await grpcAnswers(await listening(http2), 2000)).toBe(answers);
});

test("an error without a message", async () => {
  const http2 = createHttp2Server().on("stream", (stream) => stream.respond({ ":status": 200, "grpc-status": "12" }, { endStream: true }));
  expect(await grpcAnswers(await listening(http2), 2000)).toBe(false);
});
