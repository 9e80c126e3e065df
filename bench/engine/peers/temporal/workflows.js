import { proxyActivities } from "@temporalio/workflow";

const { step } = proxyActivities({ startToCloseTimeout: "10 seconds" });

export async function sequence(n) {
  let value = { n: 0 };
  for (let i = 1; i <= n; i += 1) value = await step(i, value);
  return value.n;
}

export async function tasks(n) {
  return (await Promise.all(Array.from({ length: n }, (_, i) => step(i, { n: 0 })))).length;
}
