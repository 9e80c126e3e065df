import { eld } from "eld/small";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compile } from "../../../dsl/graph/compile.ts";
import { definePipeline, files } from "../../../dsl/index.ts";
import { digestOf } from "../../../schemas/digest.ts";
import type { Document } from "../../../schemas/document.ts";
import { isCrisolError } from "../../../schemas/error.ts";
import { StageHarness, type StageResult } from "../../../test/stage-harness.ts";
import { ingest } from "../ingest/stage.ts";
import { seal } from "../seal/stage.ts";
import { languageOf } from "./detect.ts";
import { EXCERPT_LENGTH, excerptsOf, MOST_EXCERPTS } from "./excerpts.ts";
import { languages } from "./languages.ts";
import * as code from "./run.ts";
import { language } from "./stage.ts";

let harness: StageHarness;
beforeAll(async () => {
  harness = await StageHarness.open();
});
afterAll(() => harness.close());

const document = (text: string, index: number): Document => ({
  id: digestOf(`${index} ${text}`).slice(0, 32),
  text,
  source: `t#${index}`,
  meta: { index },
});

async function sorted(texts: readonly string[], keep: readonly string[]): Promise<StageResult> {
  const documents = await harness.documents(texts.map(document), ["sealed"]);
  return harness.run(language, code, { inputs: { documents }, params: { keep } });
}

const spanish =
  "El año pasado, la comunidad de la montaña decidió construir una escuela. ¿Quién habría pensado que lo lograrían? ¡Qué orgullo!";
const portuguese =
  "No ano passado, a comunidade da montanha decidiu construir uma escola, e ninguém acreditava que daria certo. Que orgulho!";
const english = "Last year the people of the mountain village decided to build a school, and nobody believed that they would succeed.";

test("the codes are those that the detector knows, and und", () => {
  expect([...languages].sort()).toEqual([...Object.values(eld.info().Languages), "und"].sort());
});

test.each([
  ["es", "Hola, ¿qué tal?"],
  ["es", "El niño comió ñoquis."],
  ["es", "¿Vos sabés dónde queda la cancha? Los pibes están re cansados, che."],
  ["es", "No manches, güey, ahorita vengo por los chamacos."],
  ["es", "Vale, tío, os esperáis y nos vemos mañana por la mañana."],
  ["es", "Mi pana, esa arepa está chévere; vamos pues, que se hace tarde."],
  ["es", "el presidente de la republica hablo ayer con los ministros"],
  ["es", "EL NIÑO COMIÓ ÑOQUIS CON SU ABUELA."],
  ["es", "🎉🎉 ¡Feliz cumpleaños, abuela! 🎂 Te queremos mucho 😀"],
  ["es", "Mirá la receta de mi abuela en https://www.example.com/the-best-recipes-of-the-world?page=1 y contame"],
  ["pt", "Olá, tudo bem?"],
  ["pt", "Você sabe onde fica a praia?"],
  ["pt", "O governo não respondeu às perguntas."],
  ["en", "Hello, how are you?"],
  ["en", "The boy ate the bread."],
  ["ca", "Avui hem anat a la platja amb els nostres amics i hem menjat molt bé."],
  ["zh", "我们昨天去了北京的一家很大的图书馆，那里有很多书。"],
  ["en", "for (let i = 0; i < n; i++) { sum += values[i]; }  function area(circle) { return Math.PI * circle.radius ** 2; }"],
  ["und", ""],
  ["und", " \n\t"],
  ["und", "12345 67890, 3.14"],
  ["und", "😀🎉👩‍💻"],
  ["und", "Gracias"],
  ["und", "https://www.example.com/the-best-recipes-of-the-world"],
  ["und", "\ud800 \udc00"],
])("%s: %j, composed or not", (expected, text) => {
  expect([languageOf(text.normalize("NFC")), languageOf(text.normalize("NFD"))]).toEqual([expected, expected]);
});

describe("a text in several languages", () => {
  test("has that of most of it, whatever its heading", () => {
    const heading =
      `${english} All rights reserved; no part of this book may be copied without the written permission of the publisher. `.repeat(2);
    expect(languageOf(heading)).toBe("en");
    expect(languageOf(`${heading}\n${`${spanish} `.repeat(40)}`)).toBe("es");
    expect(languageOf(`${`${spanish} `.repeat(10)}${`${english} `.repeat(40)}`)).toBe("en");
  });

  test("has that of its beginning if both have equal parts", () => {
    const page = (text: string): string => `${text} `.repeat(40).slice(0, 2400);
    expect(languageOf(page(spanish) + page(english))).toBe("es");
    expect(languageOf(page(english) + page(spanish))).toBe("en");
  });

  test("has that of the prose around tables of figures", () => {
    expect(languageOf(`${`${spanish} `.repeat(4)}${"1.000,5 | 27 | 0\n".repeat(400)}`)).toBe("es");
  });
});

describe("the excerpts of a text", () => {
  test("are the whole of a short one, cut between words", () => {
    const text = `${spanish} `.repeat(60).slice(0, MOST_EXCERPTS * EXCERPT_LENGTH);
    const excerpts = excerptsOf(text);
    expect(excerpts.join("")).toBe(text);
    expect(excerpts.length).toBe(MOST_EXCERPTS);
    for (const excerpt of excerpts.slice(0, -1)) expect(excerpt).toMatch(/\s$/);
  });

  test.each([
    ["words", `${spanish} `.repeat(40_000)],
    ["one word", "ñ".repeat(5_000_000)],
    ["spaces", `a${" ".repeat(5_000_000)}b`],
    ["apostrophes", "'".repeat(5_000_000)],
    ["addresses without end", "a.b@".repeat(1_250_000)],
    ["marks", `e${"\u0301\u0323".repeat(2_500_000)}`],
  ])("are few and short, however long: %s", (_, text) => {
    const excerpts = excerptsOf(text);
    expect(excerpts.length).toBe(MOST_EXCERPTS);
    for (const excerpt of excerpts) expect(excerpt.length).toBeLessThanOrEqual(EXCERPT_LENGTH + 64);
    expect(languages).toContain(languageOf(text));
  });

  test("reach the end of a long one", () => {
    const excerpts = excerptsOf(Array.from({ length: 100_000 }, (_, index) => `w${index}`).join(" "));
    expect(Number(/w(\d+)\s*$/.exec(excerpts.at(-1) ?? "")?.[1])).toBeGreaterThan(90_000);
  });
});

test("keeps documents in the languages asked for, tagged and otherwise as they were", async () => {
  const texts = [spanish.normalize("NFD"), english, portuguese, "12345"];
  const { outputs, report } = await sorted(texts, ["pt", "es"]);
  const [first, second] = [document(texts[0] ?? "", 0), document(portuguese, 2)];
  expect(await harness.read(outputs.documents)).toEqual([
    { ...first, meta: { index: 0, language: "es" } },
    { ...second, meta: { index: 2, language: "pt" } },
  ]);
  expect(report).toEqual({
    in: 4,
    out: 2,
    dropped: { language_en: 1, undetermined: 1 },
    examples: {
      language_en: [{ where: "t#1", what: english }],
      undetermined: [{ where: "t#3", what: "12345" }],
    },
    metrics: { en: 1, es: 1, pt: 1, und: 1 },
  });
  expect((await harness.input(outputs.documents)).manifest.facts).toEqual(["sealed"]);
});

test("keeps what is undetermined if it is asked for", async () => {
  const { outputs, report } = await sorted([spanish, english, "12345", ""], ["es", "und"]);
  expect((await harness.read(outputs.documents)).map(({ meta }) => meta.language)).toEqual(["es", "und", "und"]);
  expect(report.dropped).toEqual({ language_en: 1 });
});

test("replaces a language that the document claims", async () => {
  const claimed = { ...document(spanish, 0), meta: { language: "English" } };
  const documents = await harness.documents([claimed], ["sealed"]);
  const { outputs } = await harness.run(language, code, { inputs: { documents }, params: { keep: ["es"] } });
  expect((await harness.read(outputs.documents))[0]?.meta).toEqual({ language: "es" });
});

test("may drop every document of a shard, and adds up what the shards counted, the most common first", async () => {
  const texts = [english, spanish, "12345", spanish, portuguese, spanish, english].map(document);
  const documents = await harness.documents(texts, ["sealed"], { least: 1, spread: 1, most: 1, frame: 1 });
  const { outputs, report } = await harness.run(language, code, { inputs: { documents }, params: { keep: ["es"] } });
  expect((await harness.read(outputs.documents)).map(({ source }) => source)).toEqual(["t#1", "t#3", "t#5"]);
  expect(report).toMatchObject({ in: 7, out: 3, dropped: { language_en: 2, language_pt: 1, undetermined: 1 } });
  expect(Object.entries(report.metrics ?? {})).toEqual([
    ["es", 3],
    ["en", 2],
    ["pt", 1],
    ["und", 1],
  ]);
});

test("fails when nothing is left, with advice", async () => {
  const error: unknown = await sorted([english, "12345"], ["es", "pt"]).catch((thrown: unknown) => thrown);
  if (!isCrisolError(error)) throw error;
  expect(error.parts).toEqual({
    code: "BAD_DATA",
    what: "language dropped all 2 documents: language_en 1, undetermined 1",
    where: `t#0: ${english}`,
    why: "only documents in es, pt are kept, and a model needs something to learn from",
    fix: "add the language that is named most often to `keep` (`und`: undetermined), or look at what ingest read",
  });
});

test("runs from its code package, which carries the detector's data", { timeout: 120_000 }, async () => {
  const documents = await harness.documents([spanish, english, portuguese, "12345"].map(document), ["sealed"]);
  const call = { inputs: { documents }, params: { keep: ["es"] } };
  const [packaged, plain] = [await harness.runPackaged(language, call), await harness.run(language, code, call)];
  expect(packaged.report).toEqual(plain.report);
  expect(packaged.outputs.documents?.content).toBe(plain.outputs.documents?.content);
});

describe("keep", () => {
  const parse = (keep: unknown) => language.spec.params.safeParse({ keep });

  test("takes the codes in any order, as one set", () => {
    expect(parse(["pt", "und", "es", "pt"]).data).toEqual(parse(["es", "pt", "und"]).data);
  });

  test.each(["spa", "ES", "es-MX", "xx", ""])("refuses %j when the pipeline is compiled, with the codes that it takes", (wrong) => {
    const build = () => ({
      // @ts-expect-error: TypeScript refuses it too
      documents: language(seal(ingest({ from: files("*.txt") })), { keep: ["es", wrong] }),
    });
    const { issues } = compile(definePipeline({ name: "any", build }), {});
    expect(issues[0]).toMatchObject({
      message: `"${wrong}" is not a language that can be detected`,
      path: [expect.stringContaining("run.test.ts"), "language", "keep", "1"],
    });
    expect(issues[0]?.fix).toMatch(/^give one of "am", "ar", .*"es", .*"zh", "und"$/);
  });

  test("refuses to keep nothing", () => {
    expect(parse([]).success).toBe(false);
  });
});
