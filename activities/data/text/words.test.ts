import { expect, test } from "vitest";
import { nfc } from "./nfc.ts";
import { WordScanner } from "./words.ts";

const scanner = new WordScanner();

function wordsOf(text: string): string[] {
  const { count, starts, ends } = scanner.scan(text);
  return Array.from({ length: count }, (_, word) => text.slice(starts[word], ends[word]));
}

test.each([
  ["¿Qué año, señor? ¡1.º de mayo!", ["Qué", "año", "señor", "1", "º", "de", "mayo"]],
  ["n\u0303andu\u0301 — \u00abpingüino\u00bb", ["n\u0303andu\u0301", "pingüino"]],
  ["Москва, καλημέρα; שלום", ["Москва", "καλημέρα", "שלום"]],
  ["我爱北京abc", ["我", "爱", "北", "京", "abc"]],
  ["𠮷野家 𝒳y 🙂 x", ["𠮷", "野", "家", "𝒳y", "x"]],
  ["\ud800a \udc00b", ["a", "b"]],
  ["", []],
])("the words of %j", (text, words) => {
  expect(wordsOf(text)).toEqual(words);
});

test("equal words have equal hashes wherever they are, others do not", () => {
  const { hashes, count } = scanner.scan("ano año ano an\u0303o año");
  expect(count).toBe(5);
  expect(hashes[0]).toBe(hashes[2]);
  expect(hashes[1]).toBe(hashes[4]);
  expect(new Set(hashes.subarray(0, 5)).size).toBe(3);
});

test("a scanner accepts texts of any size, one after the other", () => {
  const words = Array.from({ length: 5_000 }, (_, index) => `w${index}`);
  expect(wordsOf(words.join(" "))).toEqual(words);
  expect(wordsOf("x y")).toEqual(["x", "y"]);
});

test("normalising takes no longer for millions of marks on one letter", { timeout: 10_000 }, () => {
  expect(nfc(`e${"\u0301\u0323".repeat(1_000_000)}x`).length).toBeLessThan(40);
  expect(nfc("n\u0303")).toBe("ñ");
});
