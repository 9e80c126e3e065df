import { expect, test } from "vitest";
import { pythonLiteral } from "./trainer-literals.ts";

test.each([
  [`'it\\'s'`, `"it's"`],
  [`"a"`, `"""a"""`],
  [`"\\x41\\101\\u0041\\U00000041"`, `'AAAA'`],
  [`"\\d"`, `r"\\d"`],
  [`"a\\\nb"`, `"ab"`],
  [`R'a'`, `"a"`],
  [`u"a"`, `"a"`],
  [`b"\\x41"`, `B'A'`],
])("%s and %s hold the same", (one, other) => {
  expect(pythonLiteral(one)).toBeDefined();
  expect(pythonLiteral(one)).toEqual(pythonLiteral(other));
});

test.each([
  [`"a"`, `b"a"`],
  [`"\\n"`, `r"\\n"`],
  [`"\\u0041"`, `b"\\u0041"`],
  [`"\\\\n"`, `"\\n"`],
  [`"\\0"`, `"0"`],
])("%s and %s differ", (one, other) => {
  expect(pythonLiteral(one)).not.toEqual(pythonLiteral(other));
});

test.each([`"\\N{DASH}"`, `"\\ud83d\\ude00"`, `"\\UFFFFFFFF"`])("what %s holds is not known", (source) => {
  expect(pythonLiteral(source)).toBeUndefined();
});
