/** Part of the workflow bundle when the codec is on: messages and stacks of errors are sent as a payload, so that the codec encrypts them. */
import { DefaultFailureConverter } from "@temporalio/common";

/** The SDK looks it up by this name. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
