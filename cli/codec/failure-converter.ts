/** Part of the workflow bundle when the codec is on: messages and stacks of errors travel as a payload, so that the codec encrypts them. */
import { DefaultFailureConverter } from "@temporalio/common";

/** The name by which the SDK finds it. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
