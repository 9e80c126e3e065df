import { expect, test } from "vitest";
import { StageHarness } from "../../../test/stage-harness.ts";
import { run } from "./run.ts";
import { wordCounts } from "./stage.ts";

test("the example of a stage counts words", async () => {
  const harness = await StageHarness.open();
  try {
    const texts = ["La casa, la calle.", "La casa"];
    const documents = await harness.documents(
      texts.map((text, index) => ({ id: String(index).padStart(32, "0"), text, source: `a.txt#${index}`, meta: {} })),
      ["sealed"],
    );
    const { outputs, report } = await harness.run(wordCounts, run, { inputs: { documents }, params: { top: 2 } });
    expect(JSON.parse(await harness.text(outputs.report, "report.json"))).toEqual({
      words: [
        ["la", 3],
        ["casa", 2],
      ],
    });
    expect(report).toEqual({ in: 2, metrics: { words: 3 } });
  } finally {
    await harness.close();
  }
});
