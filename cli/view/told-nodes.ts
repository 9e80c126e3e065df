import type { NodeState } from "../../schemas/run-state.ts";

/** Which nodes' ends a reader of a run has been told of: an end by another key is another one. */
export class ToldNodes {
  readonly #told: Map<string, string>;

  /** @param before how the run's nodes stand: what is done already is not told again */
  constructor(before: readonly NodeState[]) {
    this.#told = new Map(before.flatMap((node) => (node.status === "done" ? [[node.name, standing(node)] as const] : [])));
  }

  /** Whether a node's end is news; it then counts as told. */
  isNews(node: NodeState): boolean {
    if (this.#told.get(node.name) === standing(node)) return false;
    this.#told.set(node.name, standing(node));
    return true;
  }

  /** It begins again. */
  forget(name: string): void {
    this.#told.delete(name);
  }
}

function standing({ status, key }: NodeState): string {
  return `${status} ${key}`;
}
