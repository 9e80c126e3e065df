import { afterAll, beforeAll, expect, test } from "vitest";
import { digestOf } from "../../../schemas/digest.ts";
import type { Document } from "../../../schemas/document.ts";
import { isCrisolError } from "../../../schemas/error.ts";
import { StageHarness, type StageResult } from "../../../test/stage-harness.ts";
import * as code from "./run.ts";
import { clean } from "./stage.ts";

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

async function cleaned(texts: readonly string[], params: object = {}): Promise<StageResult> {
  return harness.run(clean, code, { inputs: { documents: await harness.documents(texts.map(document), ["sealed"]) }, params });
}

/** Why a text is dropped: the stage needs one sound document beside it. */
async function fate(text: string, params: object = {}): Promise<string> {
  const { report } = await cleaned([sound.es, text], params);
  return Object.keys(report.dropped ?? {}).join() || "kept";
}

const sound = {
  es: `El año pasado, la comunidad de la montaña decidió construir una escuela para los niños que viven en el valle. ¿Quién habría pensado que lo lograrían?
Con ayuda de vecinos, maestros y albañiles, levantaron paredes de adobe; después pintaron cada aula con colores alegres. ¡Qué orgullo sintieron todos!
Vos sabés que acá nadie se rinde: ustedes trajeron madera, ellas prepararon comida, y al final del invierno había pupitres, libros y una campana.`,
  pt: `No ano passado, a comunidade da montanha decidiu construir uma escola para as crianças que vivem no vale, e ninguém acreditava que daria certo.
Com a ajuda de vizinhos, professores e pedreiros, levantaram paredes de barro; depois pintaram cada sala com cores alegres, e foi uma grande festa.
Hoje há carteiras, livros, um sino e um pequeno jardim onde os alunos plantam feijão, milho e flores durante o recreio da manhã.`,
  en: `Last year the people of the mountain village decided to build a school for the children who live in the valley, and nobody believed that they would succeed.
With help from neighbours, teachers and masons they raised walls of clay; afterwards each classroom was painted in cheerful colours, which took them a month.
Today there are desks, books, one bell and a small garden where pupils grow beans, corn and flowers during their morning break.`,
};

test("keeps running prose in Spanish, Portuguese and English, with its ids, sources and meta", async () => {
  const { outputs, report } = await cleaned(Object.values(sound));
  const documents = await harness.read(outputs.documents);
  expect(documents).toEqual(Object.values(sound).map(document));
  expect(report).toMatchObject({ in: 3, out: 3, dropped: {}, metrics: { changed: 0 } });
  expect((await harness.input(outputs.documents)).manifest.facts).toEqual(["clean", "sealed"]);
});

test("keeps accents, ñ and opening marks, composed or not", async () => {
  const { outputs, report } = await cleaned([sound.es.normalize("NFD")]);
  expect((await harness.read(outputs.documents))[0]?.text).toBe(sound.es);
  expect(report.metrics).toEqual({ changed: 1 });
});

test("demands stop words of the language that is named", async () => {
  const only = async (language: string): Promise<number> =>
    (await cleaned(Object.values(sound), { language, minStopWords: 6 })).report.out ?? 0;
  expect([await only("en"), await only("es"), await only("pt"), await only("any"), await only("none")]).toEqual([1, 1, 1, 3, 3]);
});

const words = (count: number, word: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => word(index)).join(" ");
/** Pronounceable words that never repeat. */
const word = (index: number): string =>
  `${"bcdfgl".charAt(index % 6)}a${"mnprst".charAt(Math.floor(index / 6) % 6)}o${"vzkjhq".charAt(Math.floor(index / 36) % 6)}e`;
const prose = (count: number): string => `de la ${words(count, word)}`;

test.each([
  ["too_short", "Corto.", {}],
  ["too_short", " \n\t ", { minLength: 0 }],
  ["too_long", prose(200), { maxLength: 500 }],
  ["few_words", prose(20), { minLength: 10 }],
  ["many_words", prose(200), { maxWords: 150 }],
  ["long_words", `de la ${words(60, (index) => `${word(index)}${word(index + 1)}`)}`, {}],
  ["short_words", `de la ${words(100, (index) => "abcdefghij".charAt(index % 10))}`, { repetition: false }],
  ["hash_signs", words(60, (index) => (index % 8 === 0 ? "#de" : "la") + word(index)), {}],
  ["ellipses", `de la ${words(60, (index) => word(index) + (index % 8 === 0 ? "..." : ""))}`, {}],
  ["bullet_lines", Array.from({ length: 60 }, (_, index) => `- de la ${word(index)}`).join("\n"), {}],
  [
    "ellipsis_lines",
    Array.from({ length: 20 }, (_, index) => `de la ${words(12, (at) => word(index * 12 + at))}${index % 2 ? "…" : ""}`).join("\n"),
    {},
  ],
  ["few_letters", `de la ${words(80, (index) => (index % 3 === 0 ? `${100 + index}` : word(index)))}`, {}],
  ["few_stop_words", words(80, word), {}],
  ["duplicate_lines", Array.from({ length: 40 }, (_, index) => prose(3 + (index % 20))).join("\n"), {}],
  [
    "duplicate_paragraphs",
    Array.from({ length: 9 }, (_, index) => `uno\n\n${word(index)} dos tres de la ${words(9, (at) => word(index * 9 + at))}`).join("\n\n"),
    { repetition: { duplicateLines: 1 } },
  ],
  [
    "duplicate_line_characters",
    `${prose(60)}\n${[0, 1, 2, 3, 4].map((index) => words(1, () => word(200 + index))).join("\n")}\n${prose(60)}`,
    {},
  ],
  ["top_2gram", `de la ${words(60, (index) => (index % 3 === 0 ? "hola mundo" : word(index)))}`, {}],
  ["duplicate_5grams", `${prose(100)} ${words(40, word)}`, {}],
])("drops for %s", async (reason, text, params) => {
  expect(await fate(text, params)).toBe(reason);
});

test("does not mistake direct speech for a list", async () => {
  const speech = Array.from(
    { length: 12 },
    (_, index) => `—Oye, ${word(index)} —dijo la ${word(index + 40)}—, que el ${words(6, (at) => word(index * 6 + at + 60))}.`,
  );
  expect(await fate(speech.join("\n"))).toBe("kept");
});

test("reports examples with their place, and fails when nothing is left, with advice", async () => {
  const { report } = await cleaned([sound.es, "Corto."]);
  expect(report.examples).toEqual({ too_short: [{ where: "t#1", what: "6 characters; Corto." }] });
  const error: unknown = await cleaned(["Corto."]).catch((thrown: unknown) => thrown);
  if (!isCrisolError(error)) throw error;
  expect(error.parts).toMatchObject({ code: "BAD_DATA", what: "clean dropped all 1 documents: too_short 1" });
});

test("may drop every document of a shard, as long as others are left", async () => {
  const texts = [sound.es, "Corto.", "Breve.", sound.pt.normalize("NFD")].map(document);
  const documents = await harness.documents(texts, ["sealed"], { least: 1, spread: 1, most: 1, frame: 1 });
  const { outputs, report } = await harness.run(clean, code, { inputs: { documents } });
  expect((await harness.read(outputs.documents)).map(({ text }) => text)).toEqual([sound.es, sound.pt]);
  expect(report).toMatchObject({ in: 4, out: 2, dropped: { too_short: 2 }, metrics: { changed: 1 } });
  const { counts, files } = (await harness.input(outputs.documents)).manifest;
  expect([counts.documents, counts.shards, files.length]).toEqual([2, 2, 2]);
});

test.each([
  ["spaces", " ".repeat(3_000_000)],
  ["spaces between line feeds", " \n".repeat(1_500_000)],
  ["open tags", "<b>".repeat(990_000)],
  ["closing tags", `${"<b>".repeat(480_000)}${"</i>".repeat(360_000)}`],
  ["unclosed tags", "<a ".repeat(990_000)],
  ["open brackets", `<p></p>${"<".repeat(3_000_000)}`],
  ["ampersands", `<p></p>${"&".repeat(3_000_000)}`],
  ["half references", `<p></p>${"&am".repeat(990_000)}`],
  ["comments", `<p></p>${"<!--".repeat(750_000)}`],
  ["silent elements", `<p></p>${"<svg>".repeat(600_000)}`],
  ["combining marks", `a${"\u0301\u0323".repeat(600_000)}`],
  ["joiners", `क${"\u200d".repeat(3_000_000)}`],
  ["joiners between letters", "क\u200d".repeat(1_500_000)],
  ["ellipses", "...".repeat(990_000)],
  ["one word", "a".repeat(3_000_000)],
  ["one line again and again", "de la\n".repeat(480_000)],
  ["brackets and names", "<p".repeat(1_500_000)],
  ["tag characters", "\u{1f3f4}\u{e0067}".repeat(750_000)],
])("judges 3 MB of %s in time that is linear", { timeout: 60_000 }, async (_, text) => {
  const started = performance.now();
  await fate(text, { maxLength: 100_000_000, maxWords: 100_000_000, html: "always" });
  expect(performance.now() - started).toBeLessThan(10_000);
});
