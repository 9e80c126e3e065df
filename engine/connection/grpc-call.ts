import { connect } from "node:http2";

/**
 * Call a method of a Temporal server on this machine, by one HTTP/2 request; the response message is ignored.
 *
 * The SDK's client would also work, but loading it takes longer than the server's start, and it waits a second after a refused connection.
 *
 * @param message the request, encoded
 * @param patienceMs milliseconds after which it gives up
 * @returns the status, 0 for success; undefined if nothing answers, or not in gRPC
 * @see gRPC over HTTP/2, https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
export function callGrpc(port: number, method: string, message: Uint8Array, patienceMs: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const session = connect(`http://127.0.0.1:${port}`);
    const end = (status?: unknown) => {
      clearTimeout(timer);
      session.destroy();
      resolve(status === undefined ? undefined : Number(status));
    };
    const timer = setTimeout(() => end(), patienceMs);
    session.once("error", () => end());
    const call = session.request({ ":method": "POST", ":path": method, "content-type": "application/grpc", te: "trailers" });
    call.once("error", () => end());
    // an error may come without a message, its status among the headers
    call.once("response", (headers) => {
      if (headers["grpc-status"] !== undefined) end(headers["grpc-status"]);
    });
    call.once("trailers", (trailers) => end(trailers["grpc-status"]));
    call.once("close", () => end());
    call.resume();
    call.end(framed(message));
  });
}

/** A message after its prefix: a byte for "not compressed", and four bytes of length. */
function framed(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}
