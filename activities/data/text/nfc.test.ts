import { expect, test } from "vitest";
import { nfc } from "./nfc.ts";

test("letters and their marks are composed", () => {
  expect(nfc("n\u0303andu\u0301 ¿que\u0301?")).toBe("ñandú ¿qué?");
});

test("thirty marks of a letter are left, however many it has", () => {
  const marks = (count: number) => "\u0323\u0302".repeat(count / 2);
  expect(nfc(`a${marks(30)}b`)).toBe(`a${marks(30)}b`.normalize("NFC"));
  for (const count of [32, 1_030, 1_032, 100_000, 5_000_000]) {
    const [left, rest] = [nfc(`x${marks(count)}b`), "b"];
    expect([...left].length).toBeLessThanOrEqual(32);
    expect(left.endsWith(rest)).toBe(true);
    expect(nfc(left)).toBe(left);
  }
  // marks outside of the basic plane take two units each
  expect([...nfc(`x${"\u{1e944}".repeat(3_000_000)}`)]).toHaveLength(31);
});
