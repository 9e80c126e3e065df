/**
 * The circles of a graph, each after all that it leads to: nodes that lead to one another, in any order; most stand alone.
 *
 * @param edges by node, those that it leads to.
 * @see Tarjan, Depth-first search and linear graph algorithms (1972)
 */
export function circlesOf(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const circles: string[][] = [];
  const number = new Map<string, number>();
  const open: string[] = [];
  const visit = (node: string): number => {
    const own = number.size;
    number.set(node, own);
    open.push(node);
    let low = own;
    for (const next of edges.get(node) ?? []) {
      if (!number.has(next)) low = Math.min(low, visit(next));
      else if (open.includes(next)) low = Math.min(low, number.get(next) ?? own);
    }
    if (low === own) circles.push(open.splice(open.indexOf(node)));
    return low;
  };
  for (const node of edges.keys()) if (!number.has(node)) visit(node);
  return circles;
}
