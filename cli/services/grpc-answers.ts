import { connect } from "node:http2";

const method = "/temporal.api.workflowservice.v1.WorkflowService/GetSystemInfo";
/** An empty message: not compressed, no bytes. */
const emptyMessage = Buffer.alloc(5);

/**
 * Whether a Temporal server on this machine answers a call, by one HTTP/2 request.
 *
 * The SDK's client would do as well, but loading it costs more than the server's own start, and it waits a second after a refused connection.
 *
 * @see gRPC over HTTP/2, https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
export function grpcAnswers(port: number, patience: number): Promise<boolean> {
  return new Promise((resolve) => {
    const session = connect(`http://127.0.0.1:${port}`);
    const end = (answers: boolean) => {
      clearTimeout(timer);
      session.destroy();
      resolve(answers);
    };
    const timer = setTimeout(() => end(false), patience);
    session.once("error", () => end(false));
    const call = session.request({ ":method": "POST", ":path": method, "content-type": "application/grpc", te: "trailers" });
    call.once("error", () => end(false));
    // an error may come without a message, its status among the headers
    call.once("response", (headers) => {
      if (headers["grpc-status"] !== undefined) end(headers["grpc-status"] === "0");
    });
    call.once("trailers", (trailers) => end(trailers["grpc-status"] === "0"));
    call.once("close", () => end(false));
    call.resume();
    call.end(emptyMessage);
  });
}
