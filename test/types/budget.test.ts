/** What a pipeline's types cost the compiler: a budget per stage, so that long pipelines stay quick to edit. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCompiler } from "../../cli/check/type-check.ts";
import { crisolFolder } from "../../system/package-folder.ts";

/** Type instantiations per additional stage; measured: 169; a chain builder takes 1,120. */
const budget = 200;

let folder = "";

beforeAll(() => {
  mkdirSync(join(crisolFolder, ".cache"), { recursive: true });
  folder = mkdtempSync(join(crisolFolder, ".cache", "types-"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A pipeline of about `count` stages of every shape: positional, in one object, with one output and with several. */
function pipelineOf(count: number): string {
  const rounds = Array.from({ length: Math.round(count / 5) }, (_, round) => {
    const as = (name: string): string => `as: "${name}${round}"`;
    return `
    const cleaned${round} = clean(dedup(sealed, { ${as("dedup")} }), { minLength: ${round + 1}, ${as("clean")} });
    const { train: training${round}, validation: validation${round} } = split(cleaned${round}, { ${as("split")} });
    const tokenizer${round} = trainTokenizer(training${round}, { ${as("trainTokenizer")} });
    outputs["tokens${round}"] = tokenize(validation${round}, tokenizer${round}, { ${as("tokenize")} });`;
  });
  return `import { definePipeline, files, type Tokens } from "crisol";
import { clean, dedup, ingest, seal, split, tokenize, trainTokenizer } from "crisol/stages";

export default definePipeline({
  name: "budget",
  build() {
    const sealed = seal(ingest({ from: files("data/*") }));
    const outputs: Record<string, Tokens<"validation", string>> = {};${rounds.join("")}
    return outputs;
  },
});
`;
}

async function instantiations(count: number): Promise<number> {
  const file = join(folder, `pipeline-${count}.ts`);
  writeFileSync(file, pipelineOf(count));
  const { text, failed } = await runCompiler([file], folder, ["--extendedDiagnostics"]);
  expect(failed, text).toBe(false);
  return Number(/^Instantiations:\s+(\d+)$/m.exec(text)?.[1]);
}

test(`going from 10 to 40 stages costs at most ${budget} type instantiations a stage`, async () => {
  const [ten, forty] = [await instantiations(10), await instantiations(40)];
  expect(ten).toBeGreaterThan(0);
  const each = (forty - ten) / 30;
  expect(each).toBeGreaterThan(0);
  expect(each).toBeLessThan(budget);
});
