import { runUnknown } from "./run-errors.ts";
import { isRunId } from "./run-id.ts";

/** The names of a run's objects, all in one folder. */
export interface RunFiles {
  readonly folder: string;
  /** How the run was started, and its plans. */
  readonly run: string;
  /** The log of its events. */
  readonly log: string;
  /** Its state up to a place in the log. */
  readonly snapshot: string;
  /** What `crisol runs` shows of it. */
  readonly summary: string;
  /** The last progress of a node. */
  progress(node: string): string;
  /** The folder with the series of a node's metrics. */
  series(node: string): string;
}

/** The folder of all runs. */
export const runsFolder = "runs";

/** @throws CrisolError NOT_FOUND for what can't be the id of a run */
export function runFiles(runId: string): RunFiles {
  if (!isRunId(runId)) throw runUnknown(runId);
  const folder = `${runsFolder}/${runId}`;
  return {
    folder,
    run: `${folder}/run.json`,
    log: `${folder}/events.jsonl`,
    snapshot: `${folder}/snapshot.json`,
    summary: `${folder}/summary.json`,
    progress: (node) => `${folder}/progress/${fileName(node)}.json`,
    series: (node) => `${folder}/series/${fileName(node)}`,
  };
}

/** A node's name as that of a file, whatever characters it has. */
function fileName(node: string): string {
  return encodeURIComponent(node).replaceAll(".", "%2E");
}
