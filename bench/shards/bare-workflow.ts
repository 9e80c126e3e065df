import { proxyActivities } from "@temporalio/workflow";

const { nothing } = proxyActivities<{ nothing(index: number): Promise<number> }>({ startToCloseTimeout: "1 minute" });

/** A number of activities that do nothing, all at once. */
export async function bareActivities(from: number, to: number): Promise<number> {
  const results = await Promise.all(Array.from({ length: to - from }, (_, index) => nothing(from + index)));
  return results.length;
}
