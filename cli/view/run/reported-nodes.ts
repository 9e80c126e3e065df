import type { NodeState } from "../../../schemas/run-state.ts";

/** The nodes whose end has already been reported; an end with another key counts as a new one. */
export class ReportedNodes {
  readonly #reported: Map<string, string>;

  /** @param before the current state of the run's nodes: what is already done is not reported again */
  constructor(before: readonly NodeState[]) {
    this.#reported = new Map(before.flatMap((node) => (node.status === "done" ? [[node.name, statusAndKey(node)] as const] : [])));
  }

  /** Whether a node's end has not been reported yet; from now on it counts as reported. */
  isNew(node: NodeState): boolean {
    if (this.#reported.get(node.name) === statusAndKey(node)) return false;
    this.#reported.set(node.name, statusAndKey(node));
    return true;
  }

  /** A node begins again: its next end is to be reported. */
  forget(name: string): void {
    this.#reported.delete(name);
  }
}

function statusAndKey({ status, key }: NodeState): string {
  return `${status} ${key}`;
}
