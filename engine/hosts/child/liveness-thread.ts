/**
 * Signs of life of a host, sent from a separate thread: a stage that blocks the event loop for minutes, with long work or a program that it waits
 * for, is not taken for a host that makes no progress.
 */
import { Worker } from "node:worker_threads";

/** The descriptor that signs are written to: the one after the channel of messages. */
export const LIVENESS_DESCRIPTOR = 4;
/** Milliseconds between signs. */
const SIGN_EVERY_MS = 2_000;

/**
 * What the thread runs: plain JavaScript, which starts twice as fast as a module.
 *
 * Once nobody reads the signs, the worker is gone; the thread then ends the host, whose event loop may be blocked and not notice.
 */
const thread = `
const { writeSync } = require("node:fs");
const { descriptor, everyMs } = require("node:worker_threads").workerData;
const sign = () => {
  try {
    writeSync(descriptor, ".");
  } catch (error) {
    if (error.code !== "EAGAIN") process.kill(-process.pid, "SIGKILL");
  }
};
sign();
setInterval(sign, everyMs);
`;

/** Start giving signs of life; they continue for as long as the system runs this process. */
export function startLivenessThread(): void {
  new Worker(thread, {
    eval: true,
    name: "signs of life",
    execArgv: [],
    env: {},
    workerData: { descriptor: LIVENESS_DESCRIPTOR, everyMs: SIGN_EVERY_MS },
  }).unref();
}
