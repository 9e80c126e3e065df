/** Notes in the file STEP_LOG which step starts and ends, and sleeps STEP_SLEEP seconds in between. */
import { appendFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";

const { STEP_LOG, STEP_SLEEP = "0" } = process.env;
const say = (text) => STEP_LOG && appendFileSync(STEP_LOG, `${text}\n`);

export async function mark(step, work) {
  say(`start ${step}`);
  if (Number(STEP_SLEEP) > 0) await setTimeout(Number(STEP_SLEEP) * 1000);
  const result = work();
  say(`end ${step}`);
  return result;
}
