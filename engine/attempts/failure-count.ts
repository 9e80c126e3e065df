/** How often a stage has failed in a run, on any worker: this limits its attempts. The counts are heads of the store. */
import { z } from "zod";
import type { Store } from "../../store/store.ts";

/** What the failures of a node in a run, or of a shard of it, are counted under. */
export function failureName(runId: string, node: string, shard?: number): string {
  return `${runId}/${node}${shard === undefined ? "" : `#${shard}`}`;
}

const Failures = z.object({ count: z.int(), step: z.int().optional() });

/**
 * Count a failure of a stage in a run and return how many there were since it last got further.
 *
 * A stage that published a checkpoint since its last failure starts at one again: many failures in a long training are no reason to give up.
 */
export async function countFailure(store: Store, name: string, step: number | undefined): Promise<number> {
  const head = `failures/${name}`;
  const found = await store.heads.get(head);
  const before = found === undefined ? { count: 0 } : Failures.parse(found.value);
  const further = step !== undefined && step > (before.step ?? -1);
  const count = further ? 1 : before.count + 1;
  await store.heads.set(head, { count, ...(step === undefined ? {} : { step }) }, { attempt: (found?.attempt ?? 0) + 1 });
  return count;
}

/** How many failures of a stage in a run are counted. */
export async function failuresOf(store: Store, name: string): Promise<number> {
  const found = await store.heads.get(`failures/${name}`);
  return found === undefined ? 0 : Failures.parse(found.value).count;
}

/** Forget the failures of a stage that is done, or has used up its attempts: it starts from zero if its run runs it once more. */
export async function forgetFailures(store: Store, name: string): Promise<void> {
  await store.heads.remove(`failures/${name}`);
}
