import { Socket } from "node:net";

/** Milliseconds between two signs. */
const SIGN_EVERY = 2_000;

/** Tell whoever reads a descriptor, every few seconds, that this worker's event loop turns. */
export function giveSignsOfLife(descriptor: number): void {
  const pipe = new Socket({ fd: descriptor, writable: true });
  // nobody reads any more: the end of standard input says what to do
  pipe.on("error", () => undefined);
  const sign = () => {
    // a reader that is stopped itself need not be told twice
    if (pipe.writable && pipe.writableLength === 0) pipe.write(".");
  };
  sign();
  setInterval(sign, SIGN_EVERY).unref();
}
