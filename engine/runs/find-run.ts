import { CrisolError } from "../../schemas/error.ts";
import { describeLocation } from "../../schemas/store-location.ts";
import type { Run } from "../../store/runs/run.ts";
import type { Store } from "../../store/store.ts";
import { nameChoice } from "../../system/text/name-choice.ts";

/** The run with an id or the start of one; for a pipeline's name, its latest run; for undefined, the latest of all. */
export async function findRun(store: Store, given: string | undefined): Promise<Run> {
  const named = given === undefined ? undefined : await store.runs.find(given);
  if (named !== undefined) return named;
  const runs = (await Array.fromAsync(store.runs.list())).sort(byAge);
  const found = given === undefined ? runs.at(-1) : runs.filter((run) => run.pipeline === given).at(-1);
  if (found !== undefined) return found;
  const begun = given === undefined ? [] : runs.filter((run) => run.runId.startsWith(given));
  if (begun.length > 1) throw ambiguous(given ?? "", begun);
  if (begun[0] !== undefined) return begun[0];
  const latest = runs.slice(-3).map(({ runId }) => runId);
  const choice = nameChoice(
    given ?? "",
    runs.map(({ pipeline }) => pipeline),
  );
  throw new CrisolError({
    code: "NOT_FOUND",
    what: given === undefined ? "there is no run yet" : `no run is called '${given}'`,
    where: describeLocation(store.location),
    why: "there is nothing to show",
    fix:
      latest.length === 0
        ? "start one with `crisol run PIPELINE`"
        : `name a run by its id, such as ${latest.join(" or ")}, or by its pipeline: ${choice}; \`crisol runs\` lists all`,
  });
}

function byAge(a: Run, b: Run): number {
  return a.startedAt < b.startedAt ? -1 : a.startedAt > b.startedAt ? 1 : 0;
}

function ambiguous(given: string, runs: readonly Run[]): CrisolError {
  const ids = runs.slice(-3).map(({ runId }) => runId);
  return new CrisolError({
    code: "NOT_FOUND",
    what: `the ids of ${runs.length} runs start with '${given}'`,
    where: ids.join(", ") + (runs.length > ids.length ? ` and ${runs.length - ids.length} earlier ones` : ""),
    why: "the command works on one run",
    fix: "give more of its id; `crisol runs` lists all",
  });
}
