/** One problem of a pipeline, a configuration or an environment; checks return all of them at once. */
export interface Issue {
  /** Stable name of the kind of problem ("duplicate-name"). */
  readonly code: string;
  /** What is wrong. */
  readonly message: string;
  /** Where: the file, the stage and the parameter's path. */
  readonly path: readonly string[];
  /** What to do. */
  readonly fix: string;
}
