import { afterEach, beforeEach, expect, test } from "vitest";
import { documentOf } from "../../test/fixtures/stage-artifacts.ts";
import { StageHarness } from "../../test/stage-harness.ts";
import { vocabulary } from "./vocabulary.ts";

let harness: StageHarness;
beforeEach(async () => {
  harness = await StageHarness.open();
});
afterEach(() => harness.close());

test("words are counted shard by shard, with the same result as in one shard", async () => {
  const [run, reduce] = [vocabulary.run ?? expect.unreachable(), vocabulary.reduce ?? expect.unreachable()];
  const texts = ["La casa, la calle.", "la casa", "Una casa"].map((text, index) => documentOf(`a.txt#${index}`, text));
  const counted = async (shardBytes: number) => {
    const sizes = { least: shardBytes, spread: 1, most: shardBytes, frame: 1000 };
    const documents = await harness.documents(texts, [], sizes);
    const { outputs, report } = await harness.run(vocabulary, { run, reduce }, { inputs: { documents }, params: { top: 2 } });
    const shards = (await harness.input(documents)).manifest.files.length;
    return { shards, report, found: JSON.parse(await harness.text(outputs.report, "report.json")) };
  };
  const expected = {
    report: { in: 3, metrics: { words: 4 } },
    found: {
      words: [
        ["casa", 3],
        ["la", 3],
      ],
    },
  };
  expect(await counted(1)).toEqual({ shards: 3, ...expected });
  expect(await counted(1000)).toEqual({ shards: 1, ...expected });
});
