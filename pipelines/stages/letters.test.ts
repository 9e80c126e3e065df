import { afterEach, beforeEach, expect, test } from "vitest";
import { shownContents } from "../../cli/view/report/shown-contents.ts";
import { documentOf } from "../../test/fixtures/stage-artifacts.ts";
import { StageHarness } from "../../test/stage-harness.ts";
import { commonLetters, countLetters, letterCounts } from "./letters.ts";

let harness: StageHarness;
beforeEach(async () => {
  harness = await StageHarness.open();
});
afterEach(() => harness.close());

test("an artifact of a user's kind is joined from its shards, carries its declaration, and is read by another stage", async () => {
  const [count, list] = [countLetters.run ?? expect.unreachable(), commonLetters.run ?? expect.unreachable()];
  const sizes = { least: 1, spread: 1, most: 1, frame: 1000 };
  const texts = ["Aba", "ab!", "b"].map((text, index) => documentOf(`a.txt#${index}`, text));
  const documents = await harness.documents(texts, ["sealed"], sizes);
  const { outputs } = await harness.run(countLetters, count, { inputs: { documents } });
  const { manifest } = await harness.input(outputs.counts);
  expect(manifest).toMatchObject({
    kind: "letterCounts",
    declaration: letterCounts,
    facts: ["sealed"],
    counts: { documents: 3, letters: 6 },
  });
  expect(manifest.files.map(({ path }) => path)).toEqual(["counts/00000.json", "counts/00001.json", "counts/00002.json"]);
  expect(shownContents(manifest)).toBe("the counts of 6 letters in 3 documents");
  const counts = outputs.counts ?? expect.unreachable();
  const listed = await harness.run(commonLetters, list, { inputs: { counts }, params: { top: 2 } });
  expect(JSON.parse(await harness.text(listed.outputs.report, "report.json"))).toEqual({
    letters: [
      ["a", 3],
      ["b", 3],
    ],
  });
});
