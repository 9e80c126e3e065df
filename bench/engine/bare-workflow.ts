import { proxyActivities } from "@temporalio/workflow";

const { increment } = proxyActivities<{ increment(value: { n: number }): Promise<{ n: number }> }>({ startToCloseTimeout: "1 minute" });

/** N sequential activities. */
export async function bareSteps(steps: number): Promise<number> {
  let value = { n: 0 };
  for (let step = 0; step < steps; step += 1) value = await increment(value);
  return value.n;
}
