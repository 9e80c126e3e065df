import { CrisolError } from "../../schemas/error.ts";
import type { Run } from "../../store/runs.ts";
import type { Store } from "../../store/store.ts";
import { nameChoice } from "../name-choice.ts";

/** The run of an id or the beginning of one; a pipeline's name means its latest run; nothing, the latest of all. */
export async function findRun(store: Store, given: string | undefined): Promise<Run> {
  const runs = await store.runs.list();
  const matching = given === undefined ? runs : runs.filter((run) => run.runId === given);
  const found = matching.at(-1) ?? runs.filter((run) => run.pipeline === given).at(-1) ?? onlyPrefixed(runs, given);
  if (found !== undefined) return found;
  const latest = runs.slice(-3).map(({ runId }) => runId);
  const choice = nameChoice(
    given ?? "",
    runs.map(({ pipeline }) => pipeline),
  );
  throw new CrisolError({
    code: "NOT_FOUND",
    what: given === undefined ? "there is no run yet" : `no run is called '${given}'`,
    where: store.folder,
    why: "there is nothing to show",
    fix:
      latest.length === 0
        ? "start one with `crisol run PIPELINE`"
        : `give a run's id, such as ${latest.join(" or ")}, or a pipeline's name: ${choice}; \`crisol runs\` lists all`,
  });
}

function onlyPrefixed(runs: readonly Run[], given: string | undefined): Run | undefined {
  const prefixed = given === undefined ? [] : runs.filter((run) => run.runId.startsWith(given));
  return prefixed.length === 1 ? prefixed[0] : undefined;
}
