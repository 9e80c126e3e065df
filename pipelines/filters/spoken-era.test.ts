import { afterAll, beforeAll, expect, test } from "vitest";
import { StageHarness } from "../../test/stage-harness.ts";
import { spokenEra } from "./spoken-era.ts";

let harness: StageHarness;

beforeAll(async () => {
  harness = await StageHarness.open();
});

afterAll(() => harness.close());

function speech(year: number | undefined, index: number) {
  return {
    id: String(index).padStart(32, "0"),
    text: `Speech ${index}`,
    source: `speeches.json#${index}`,
    meta: year === undefined ? {} : { year },
  };
}

test("speeches of the range are kept, in order and unchanged; the others are counted by reason", async () => {
  const speeches = [1790, 1946, undefined, 1960, 1992].map(speech);
  const documents = await harness.documents(speeches, ["sealed"]);
  const run = spokenEra.run ?? expect.unreachable("a filter runs its own function");
  const { outputs, report } = await harness.run(spokenEra, run, { inputs: { documents }, params: { from: 1945, to: 1991 } });

  expect(await harness.read(outputs.documents)).toEqual([speeches[1], speeches[3]]);
  expect((await harness.input(outputs.documents)).manifest.facts).toEqual(["sealed"]);
  expect(report).toMatchObject({ in: 5, out: 2, dropped: { "before the range": 1, "after the range": 1, "no year": 1 } });
  expect(report.examples?.["no year"]).toEqual([{ where: "speeches.json#2", what: "Speech 2" }]);
});
