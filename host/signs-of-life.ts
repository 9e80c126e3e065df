/**
 * Signs of life of a host, from a thread of its own: a stage that blocks the event loop for minutes, by long work or a program that it waits for,
 * is not taken for one that stands still.
 */
import { Worker } from "node:worker_threads";

/** The descriptor that signs are written to: the one after the channel of messages. */
export const SIGNS_DESCRIPTOR = 4;
/** Milliseconds between two signs. */
const SIGN_EVERY_MS = 2_000;

/**
 * What the thread runs: plain JavaScript, which is up twice as fast as a module.
 *
 * Once nobody reads, the worker is gone; the host ends, though its event loop may be blocked and not hear of it.
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

/** Begin to give signs of life; they go on as long as this process is run by the system. */
export function giveSignsOfLife(): void {
  new Worker(thread, {
    eval: true,
    name: "signs of life",
    execArgv: [],
    env: {},
    workerData: { descriptor: SIGNS_DESCRIPTOR, everyMs: SIGN_EVERY_MS },
  }).unref();
}
