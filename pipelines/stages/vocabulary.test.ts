import { afterEach, beforeEach, expect, test } from "vitest";
import type { Part } from "../../dsl/context.ts";
import { documentOf } from "../../test/fixtures/stage-artifacts.ts";
import { StageHarness } from "../../test/stage-harness.ts";
import { vocabulary } from "./vocabulary.ts";

let harness: StageHarness;
beforeEach(async () => {
  harness = await StageHarness.open();
});
afterEach(() => harness.close());

test("words are counted shard by shard, and come to the same in one", async () => {
  const [run, reduce] = [vocabulary.run ?? expect.unreachable(), vocabulary.reduce ?? expect.unreachable()];
  const counted = async (shards: readonly (readonly string[])[]) => {
    const parts: Part<"report">[] = [];
    for (const texts of shards) {
      const documents = await harness.documents(texts.map((text, index) => documentOf(`a.txt#${index}`, text)));
      const { outputs, report } = await harness.run(vocabulary, run, { inputs: { documents } });
      parts.push({ outputs: { report: await harness.input(outputs.report) }, report });
    }
    const documents = await harness.documents([documentOf("whole", "all of them")]);
    const { outputs, report } = await harness.run(
      vocabulary,
      (context: Parameters<typeof reduce>[0], params: { top: number }) => reduce(context, parts, params),
      { inputs: { documents }, params: { top: 2 } },
    );
    return { report, found: JSON.parse(await harness.text(outputs.report, "report.json")) };
  };
  const inTwo = await counted([["La casa, la calle."], ["la casa", "Una casa"]]);
  expect(inTwo).toEqual({
    report: { in: 3, metrics: { words: 4 } },
    found: {
      words: [
        ["casa", 3],
        ["la", 3],
      ],
    },
  });
  expect(await counted([["La casa, la calle.", "la casa", "Una casa"]])).toEqual(inTwo);
});
