import { expect, test } from "vitest";
import { encode, fix, learn, learnWords, part, read, tidy } from "../../test/fixtures/toy-stages.ts";
import { definePipeline, files } from "../index.ts";
import { compile } from "./compile.ts";
import { explain } from "./explain.ts";
import type { Graph } from "./graph.ts";

const toy = definePipeline({
  name: "toy",
  build() {
    const { train, validation } = part(tidy(fix(read({ from: files("data/*.json", "more/<b>.txt") })), { minLength: 5 }), {
      validation: 0.25,
    });
    const tokenizer = learnWords(train);
    const heldOut = encode(validation, tokenizer, { as: "held-out" });
    return { model: learn({ tokens: encode(train, tokenizer), validation: heldOut }) };
  },
});

function graphOf(): Graph {
  const { graph } = compile(toy, {});
  if (graph === undefined) throw new Error("the pipeline has issues");
  return graph;
}

test("a graph as text shows what is read, done and returned, with the parameters that were set", () => {
  expect(explain(graphOf())).toBe(`pipeline toy
reads
  files       data/*.json, more/<b>.txt
does
  read        read files
              <- from = files
              -> documents
  fix         fix for good
              <- documents = read
              -> documents<sealed>
  tidy        make tidy
              <- documents = fix
              with minLength 5
              -> documents<clean, sealed>
  part        part in two
              <- documents = tidy
              with validation 0.25
              -> train: documents<clean, sealed, training>; validation: documents<clean, sealed, validation>
  learnWords  learn a tokenizer
              <- documents = part.train
              -> tokenizer
  held-out    encode: make tokens
              <- documents = part.validation; tokenizer = learnWords
              -> tokens<clean, sealed, validation>
  encode      make tokens
              <- documents = part.train; tokenizer = learnWords
              -> tokens<clean, sealed, training>
  learn       train a model
              <- tokens = encode; validation = held-out
              -> checkpoint
gives
  model = learn
`);
});

test("a graph as a Mermaid diagram has an edge for each input, labelled with what flows", () => {
  const diagram = explain(graphOf(), "mermaid");
  expect(diagram.split("\n")).toEqual(
    expect.arrayContaining([
      "flowchart TD",
      '  source_files[/"data/*.json, more/&lt;b&gt;.txt"/]',
      '  node_held_out["held-out<br/><small>encode</small>"]',
      "  source_files --> node_read",
      '  node_part -- "documents&lt;clean, sealed, validation&gt;" --> node_held_out',
      '  node_held_out -- "tokens&lt;clean, sealed, validation&gt; as validation" --> node_learn',
      '  output_model(["model"])',
      "  node_learn ==> output_model",
    ]),
  );
  expect(diagram.match(/^ {2}\w+ (?:-- ".*" )?-->/gm)).toHaveLength(graphOf().nodes.reduce((sum, node) => sum + node.inputs.length, 0));
});
