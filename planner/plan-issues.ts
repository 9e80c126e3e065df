import { CodePackage } from "../schemas/code-package.ts";
import type { Issue } from "../schemas/issue.ts";
import type { Offer } from "../schemas/plan.ts";
import { beyondOffer } from "./offer.ts";
import type { Planned } from "./plan.ts";
import type { PlannerStore } from "./planner-store.ts";
import { readLock } from "./sources/lock-file.ts";
import { checkPins, describeDifference } from "./sources/pins.ts";

/** What would keep a plan from running well: sources that differ from their pins, packages that are not installed as locked. */
export async function planIssues(
  { plan, sources }: Planned,
  options: { readonly project: string; readonly store: Pick<PlannerStore, "blobs">; readonly offer?: Offer | undefined },
): Promise<Issue[]> {
  const differences = checkPins(await readLock(options.project), { pipeline: plan.pipeline, sources });
  const issues = differences.map(
    (difference): Issue => ({
      code: "source-changed",
      message: describeDifference(difference),
      path: [plan.pipeline, difference.source, difference.path],
      fix: "restore the file, or accept what is there: run with --relock",
    }),
  );
  if (options.offer !== undefined) issues.push(...beyondOffer(plan, options.offer));
  for (const node of plan.nodes) {
    const { externals } = CodePackage.parse(JSON.parse((await options.store.blobs.readAll(node.code)).toString()));
    for (const [name, version] of Object.entries(externals)) {
      if (!version.includes("locked: ")) continue;
      issues.push({
        code: "package-not-as-locked",
        message: `${name} is installed as ${version}`,
        path: [plan.pipeline, node.name, name],
        fix: "install what the lock file says: npm ci",
      });
    }
  }
  return issues;
}
