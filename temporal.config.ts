/**
 * The settings of this project, each with its default: change here what differs for you, and leave out the rest.
 *
 * A `TEMPORAL_*` variable or an option of a command overrides what this file says. docs/temporal.md explains every setting; `crisol doctor` shows which
 * are in force, and where each comes from.
 */
import { defineConfig } from "crisol/config";

export default defineConfig({
  // which Temporal server: undefined is the home's own, which commands start and which ends when nothing is running
  address: undefined, // "temporal.example.com:7233"
  namespace: "default",

  // how to reach the server at `address`, and what to show it; never write a key into this file
  tls: undefined, // true, or { serverName, ca: "ca.pem", certificate: "client.pem", key: "client.key" }; true by default with an API key
  apiKey: undefined, // secret("TEMPORAL_KEY") or { file: "path" }
  metadata: undefined, // gRPC headers of every call: { "x-team": "lab" }

  // encrypt what the server keeps: parameters, paths, errors
  codec: undefined, // { key: { id: "2026-11", from: secret("CODEC_KEY") } }

  // which work runs where
  taskQueue: undefined, // prefix of the task queues; undefined: derived from the home's path
  queues: ["cpu", "gpu"], // what a worker started here polls
  startWorker: true, // with `address`: start a worker here when none polls the queue

  // how much at once, in each worker
  slots: undefined, // CPU stages; undefined: one for each core, at least 2
  gpuSlots: 1, // GPU stages

  // the home's own server
  port: undefined, // on 127.0.0.1; undefined: a free one, chosen once
  idleMinutes: 30, // without an open run, then the server and its worker end

  // pin each run to the workflow code that it started with; undefined: if the server supports it
  versioning: undefined,
});
