import { afterEach, beforeEach, expect, test } from "vitest";
import type { StageContext } from "../../../dsl/context.ts";
import { documentOf } from "../../../test/fixtures/stage-artifacts.ts";
import { StageHarness } from "../../../test/stage-harness.ts";
import { topics } from "./stage.ts";

let harness: StageHarness;
beforeEach(async () => {
  harness = await StageHarness.open();
});
afterEach(() => harness.close());

const texts = ["the sea and the ships", "ships at sea", "a law of the land", "the law is the law", "sea sea sea", "laws of a land"];

test("the example of a long stage resumes where it was stopped, with the result of an unbroken run", async () => {
  const run = topics.run ?? expect.unreachable();
  const params = { groups: 3, rounds: 6 };
  const documentsIn = (place: StageHarness) => place.documents(texts.map((text, index) => documentOf(`a.txt#${index}`, text)));
  const elsewhere = await StageHarness.open();
  const unbroken = await elsewhere.run(topics, run, { inputs: { documents: await documentsIn(elsewhere) }, params });
  await elsewhere.close();

  const rounds: number[] = [];
  const stop = new AbortController();
  const stopped = (context: StageContext<"documents", "report">, params: { groups: number; rounds: number }) => {
    const progress: StageContext["progress"] = ({ done }) => {
      rounds.push(done);
      if (done === 2) stop.abort();
    };
    return run({ ...context, progress }, params);
  };
  const inputs = { documents: await documentsIn(harness) };
  await expect(harness.run(topics, stopped, { inputs, params, signal: stop.signal })).rejects.toThrow("aborted");
  expect(rounds).toEqual([1, 2]);
  const resumed = await harness.run(topics, stopped, { inputs, params });
  expect(rounds).toEqual([1, 2, 3, 4, 5, 6]);
  expect(resumed.outputs.report?.content).toBe(unbroken.outputs.report?.content);
});
