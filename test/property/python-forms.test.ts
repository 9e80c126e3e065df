/** What crisol takes for the same Python is the same program by Python's own parser: edits of the trainer's modules, most of them small and odd. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { pythonFiles } from "../../planner/trainer/trainer-files.ts";
import { filledForm } from "../../planner/trainer/trainer-filled-form.ts";
import { readPython } from "../../planner/trainer/trainer-form.ts";
import type { PythonImport } from "../../planner/trainer/trainer-imports.ts";
import { canonicalJson } from "../../schemas/canonical-json.ts";
import { crisolFolder } from "../../system/package-folder.ts";
import { environmentProgram } from "../../system/processes/python-environment.ts";

const seed = Number(process.env.CRISOL_SEED ?? 20_261_124);

const trainer = join(crisolFolder, "trainer");
/** What stands at the top level of the modules, one definition each, and forms that they lack. */
const sources = [
  ...pythonFiles(trainer, "crisol_trainer").flatMap((file) => readFileSync(join(trainer, file), "utf8").split(/^(?=def |class |@)/m)),
  'async def f(a, /, b=1, *c, d: int = 2, **e):\n    async with a as x, b:\n        return (yield)\n    return f"{a!r:>{b} }{d = }" "x" rf"\\{e}"\n',
  "match a:\n    case {'b': [c, *_]} | A(d=1):\n        x = lambda y, *z: (y, *z)\n    case _:\n        del x[1:2, ::3, ...]\n",
  "x: int\n(y): int = 3\nz = a < b < c, (a < b) < c, not a == b, -a ** b, (a,), [*a], {**b}, {c for c in d if e}\nassert (a, b)\n",
  "from a import b as c, d\nimport e.f, g as h\nfrom . import i\nx = 1\nfrom ..j import (k, l,)\nx = b'\\x41' b'B', r'\\d', '\\N{DASH}', u'a'\n",
].filter((text) => text.trim() !== "");

const token = /"""[\s\S]*?"""|"[^"\n]*"|'[^'\n]*'|\w+|\s+|[^\w\s]/g;
const additions = [
  ..."()[]{},*/-:;=.@|",
  "**",
  "not ",
  "await ",
  "yield ",
  "lambda: ",
  " ",
  "\n",
  "    ",
  "\\\n",
  "# c\n",
  '""',
  "'x'",
  "f''",
  "b''",
];

/** One edit of a text, from numbers that choose where and what. */
type Edit = readonly [kind: number, at: number, other: number];
const edits: readonly ((tokens: string[], at: number, other: number) => void)[] = [
  (tokens, at) => tokens.splice(at, 1),
  (tokens, at, other) => tokens.splice(at, 0, additions[other % additions.length] ?? ""),
  (tokens, at, other) => tokens.splice(at, 1, tokens[other % tokens.length] ?? ""),
  (tokens, at, other) => {
    tokens.splice(at + 1 + (other % 6), 0, ")");
    tokens.splice(at, 0, "(");
  },
  // white space alone
  (tokens, at, other) => {
    const spaces = tokens.flatMap((text, index) => (/^\s+$/.test(text) ? [index] : []));
    const space = spaces[at % Math.max(1, spaces.length)];
    if (space !== undefined) tokens[space] = [" ", "  ", "\n", "\t", "", " \\\n "][other % 6] ?? "";
  },
  // an indent more, or less
  (tokens, at, other) => {
    const lines = tokens.join("").split("\n");
    const line = lines[at % lines.length] ?? "";
    lines[at % lines.length] = other % 2 === 0 ? `    ${line}` : line.replace(/^ {4}/, "");
    tokens.splice(0, tokens.length, ...(lines.join("\n").match(token) ?? []));
  },
];

function edited(source: string, changes: readonly Edit[]): string {
  const tokens: string[] = source.match(token) ?? [];
  for (const [kind, at, other] of changes) edits[kind % edits.length]?.(tokens, at % Math.max(1, tokens.length), other);
  return tokens.join("");
}

const forms = new Map<string, string | undefined>();

/** The form of a module that imports nothing of the trainer's; undefined where it cannot be said. */
function formOf(source: string): string | undefined {
  if (forms.has(source)) return forms.get(source);
  const { form, opaque } = readPython(source, () => false);
  const elsewhere = ({ level, module }: PythonImport) => ({ from: "elsewhere", top: module, module: ".".repeat(level) + module }) as const;
  const found = opaque === undefined ? canonicalJson(filledForm(form, elsewhere, () => "")) : undefined;
  forms.set(source, found);
  return found;
}

test(`sources of one form are one program (seed ${seed})`, () => {
  const change = fc.tuple(fc.nat(), fc.nat(), fc.nat());
  const pairs = fc
    .sample(fc.tuple(fc.nat({ max: sources.length - 1 }), fc.array(change, { minLength: 1, maxLength: 2 })), { seed, numRuns: 1000 })
    .map(([index, changes]): [string, string] => [sources[index] ?? "", edited(sources[index] ?? "", changes)]);
  const script = join(crisolFolder, "test/fixtures/same-python.py");
  const answer = execFileSync(environmentProgram("python"), [script], {
    input: JSON.stringify(pairs),
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  const same: (boolean | null)[] = JSON.parse(answer);
  const alike = pairs.map(([one, other]) => formOf(one) !== undefined && formOf(one) === formOf(other));
  expect(pairs.filter((_, index) => alike[index] && same[index] === false)).toEqual([]);
  // enough are alike, and enough are not, for this to say something
  expect(pairs.filter(([one, other], index) => one !== other && alike[index] && same[index]).length).toBeGreaterThan(50);
  expect(same.filter((each) => each === false).length).toBeGreaterThan(50);
});
