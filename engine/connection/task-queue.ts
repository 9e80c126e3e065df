import { resolve } from "node:path";
import { digestOf } from "../../schemas/digest.ts";
import type { Config } from "./settings/define.ts";

/** Prefix of a home's task queues, unless the settings name one: runs whose files are in this home are for workers of this home. */
export function taskQueueOf(home: string, { taskQueue }: Pick<Config, "taskQueue"> = {}): string {
  return taskQueue ?? `crisol-${digestOf(resolve(home)).slice(0, 12)}`;
}

/** The server's query for the open workflows of a queue. */
export function openOn(taskQueue: string): string {
  return `ExecutionStatus = "Running" AND TaskQueue = "${taskQueue}"`;
}
