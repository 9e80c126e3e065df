import { Socket } from "node:net";

/** Milliseconds between two signs. */
const SIGN_EVERY_MS = 2_000;

/** Write to a descriptor, every few seconds, that this worker's event loop is running. */
export function sendLivenessPings(descriptor: number): void {
  const pipe = new Socket({ fd: descriptor, writable: true });
  // nothing reads any more: the worker stops when its standard input ends
  pipe.on("error", () => undefined);
  const sign = () => {
    // for a reader that is itself stopped, one pending sign is enough
    if (pipe.writable && pipe.writableLength === 0) pipe.write(".");
  };
  sign();
  setInterval(sign, SIGN_EVERY_MS).unref();
}
