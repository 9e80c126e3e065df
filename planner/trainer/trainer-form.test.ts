import { expect, test } from "vitest";
import { readPython } from "./trainer-form.ts";

const read = (source: string) => readPython(source, (text) => (text.startsWith("pack.") ? text === "pack.a" || "?" : false));
const form = (source: string) => JSON.stringify(read(source).form);

test.each([
  ["x = (a +\n     b)\n", "x = a + b\n"],
  ["f(a, b,)\n", "f(\n    a,\n    b,\n)\n"],
  ["x = 'a' \"b\"\n", 'x = "ab"\n'],
  ["x = 0XFF\n", "x = 0xff\n"],
  ["if (a):\n    b; c\n", "if a:\n    b\n    c\n"],
  ["def f():\n    '''Doc.'''\n    return 1\n", "def f():\n    # doc\n    return 1\n"],
  ["x = f'it\\'s {a}'\n", 'x = f"it\'s {a}"\n'],
])("%j and %j mean the same", (one, other) => {
  expect(form(one)).toBe(form(other));
});

test.each([
  ["x = (a,)\n", "x = (a)\n"],
  ["x = y[1,]\n", "x = y[1]\n"],
  ["x = (a < b) < c\n", "x = a < b < c\n"],
  ["lambda *, a: a\n", "lambda *a: a\n"],
  ["def f(a, /, b): pass\n", "def f(a, b): pass\n"],
  ["if a:\n    b\nc\n", "if a:\n    b\n    c\n"],
  ['x = f"{a: >5}"\n', 'x = f"{a:>5}"\n'],
  ['x = f"{a = }"\n', 'x = f"{a=}"\n'],
  ['x = "a b"\n', 'x = "a  b"\n'],
  ["(x): int = 1\n", "x: int = 1\n"],
  ["assert (a, b)\n", "assert a, b\n"],
])("%j and %j do not", (one, other) => {
  expect(form(one)).not.toBe(form(other));
});

test("what a module imports, wherever it does", () => {
  const { imports, named, opaque } = read(
    "import a.b as c\nfrom ..d import (e as f, g)\ndef h():\n    from . import i\n    import_module('j')\n    return 'pack.a'\n",
  );
  expect(imports).toEqual([
    { level: 0, module: "a.b", as: "c" },
    { level: 2, module: "d", name: "e", as: "f" },
    { level: 2, module: "d", name: "g" },
    { level: 1, module: "", name: "i" },
    { level: 0, module: "j" },
  ]);
  expect(named).toEqual(["pack.a"]);
  expect(opaque).toBeUndefined();
});

test("a method may be called eval, and a pattern compiled", () => {
  expect(read("model.eval()\nre.compile('x')\n").opaque).toBeUndefined();
  expect(read("eval('x')\n").opaque).toBe("eval");
});

// keys hold what follows from this: a parser that names its nodes differently runs everything of the trainer again
test("the form itself", () => {
  const source =
    "@a.b(1)\nasync def f(x: int, *, y=-1, **z) -> None:\n    for i in x[1:]:\n        yield not i, [*y], {'k': f'{i!r:>{y}}'}\n";
  expect(form(source)).toBe(
    '[["DecoratedStatement",["Decorator","@","a",".","b",["ArgList","(","1",")"]],["FunctionDefinition","async","de' +
      'f","f",["ParamList","(","x",["TypeDef",":","int"],",","*",",","y","=",["UnaryExpression","-","1"],",","**","z"' +
      ',")"],["TypeDef","->","None"],["Body",["ForStatement","for","i","in",["MemberExpression","x","[","1",":","]"],' +
      '["Body",["YieldStatement","yield",["UnaryExpression","not","i"],",",["ArrayExpression","[","*","y","]"],",",["' +
      'DictionaryExpression","{",["String","text","k"],":",["FormatString","f","",["FormatReplacement","{","i","!r",[' +
      '"FormatSpec",":>{y}",["FormatReplacement","{","y","}"]],"}"],""],"}"]]]]]]]]',
  );
});
