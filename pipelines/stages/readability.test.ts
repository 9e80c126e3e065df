import { afterEach, beforeEach, expect, test } from "vitest";
import { documentOf } from "../../test/fixtures/stage-artifacts.ts";
import { StageHarness } from "../../test/stage-harness.ts";
import { readability } from "./readability.ts";

let harness: StageHarness;
beforeEach(async () => {
  harness = await StageHarness.open();
});
afterEach(() => harness.close());

test("sentences are measured, and documents of long ones dropped", async () => {
  const short = documentOf("a.txt#0", "One two three. Four five six! Seven?");
  const long = documentOf("a.txt#1", "One two three four five six seven eight nine.");
  const documents = await harness.documents([short, long], ["sealed"]);
  const { outputs, report } = await harness.runPackaged(readability, { inputs: { documents }, params: { most: 5 } });
  expect(await harness.read(outputs.documents)).toEqual([{ ...short, meta: { wordsPerSentence: 2.3 } }]);
  expect(report).toEqual({
    in: 2,
    out: 1,
    dropped: { "long sentences": 1 },
    examples: { "long sentences": [{ where: "a.txt#1", what: long.text }] },
  });
});
