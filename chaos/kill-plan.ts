import type { Random } from "../system/random.ts";

/** What is killed: `everything` is all of them and the supervisor, at once. */
export type Target = "host" | "trainer" | "worker" | "server" | "everything";

/** When a kill is due: once a node has reached a fraction of its work, or some seconds after the previous kill, recovered or not. */
export type Moment = { readonly node: string; readonly fraction: number } | { readonly seconds: number };

/** A kill as it was drawn. */
export interface DrawnKill {
  readonly target: Target;
  readonly moment: Moment;
}

/** A node of the unbroken run. */
export interface TimedNode {
  readonly name: string;
  readonly seconds: number;
  readonly usesTrainer: boolean;
  /** Whether it reports its progress with a total. */
  readonly reportsProgress: boolean;
}

/** The share of kills that do not wait for the recovery from the previous one. */
const HASTY = 1 / 8;
/** Longest wait of such a kill, in seconds. */
const HASTE_SECONDS = 3;

/**
 * Draw kills for one run, in the order of the plan, so that each kill finds the run further on than the previous one, and the run ends.
 *
 * Half of them fall on all nodes equally, so that short stages are hit too; half where the run spends its time.
 */
export function drawKills(nodes: readonly TimedNode[], count: number, random: Random): DrawnKill[] {
  const places = Array.from({ length: count }, () => ({ index: drawNode(nodes, random), fraction: random.next() }));
  places.sort((a, b) => a.index - b.index || a.fraction - b.fraction);
  return places.flatMap(({ index, fraction }, number) => {
    const node = nodes[index];
    if (node === undefined) return [];
    const target = drawTarget(node, random);
    const hasty = random.next() < HASTY;
    const seconds = HASTE_SECONDS * random.next();
    return [{ target, moment: hasty && number > 0 ? { seconds } : { node: node.name, fraction } }];
  });
}

function drawNode(nodes: readonly TimedNode[], random: Random): number {
  if (random.next() < 0.5) return Math.floor(random.next() * nodes.length);
  const total = nodes.reduce((sum, { seconds }) => sum + seconds, 0);
  let left = random.next() * total;
  const index = nodes.findIndex(({ seconds }) => {
    left -= seconds;
    return left < 0;
  });
  return index < 0 ? nodes.length - 1 : index;
}

function drawTarget({ usesTrainer }: TimedNode, random: Random): Target {
  const targets: Target[] = ["host", "worker", "server", "everything", ...(usesTrainer ? (["trainer"] as const) : [])];
  return targets[Math.floor(random.next() * targets.length)] ?? "worker";
}
