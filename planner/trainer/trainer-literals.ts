/** A Python literal of text or bytes, by what it holds; both as text. */
export interface PythonLiteral {
  readonly kind: "text" | "bytes";
  readonly value: string;
}

const simpleEscapes: { readonly [letter: string]: string } = {
  "\n": "",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** The letters, quotes and contents of a literal as it is written: `rb'...'`, `f"""..."""`. */
export function literalParts(source: string): { readonly prefix: string; readonly quotes: string; readonly contents: string } {
  const [, prefix = "", quotes = ""] = /^([a-z]*)('''|"""|'|")/i.exec(source) ?? [];
  return { prefix: prefix.toLowerCase(), quotes, contents: source.slice(prefix.length + quotes.length, source.length - quotes.length) };
}

/** What a literal holds, however it is written; undefined where that is not known here (a character by its name, half of a surrogate pair). */
export function pythonLiteral(source: string): PythonLiteral | undefined {
  const { prefix, contents } = literalParts(source);
  const kind = prefix.includes("b") ? "bytes" : "text";
  const value = prefix.includes("r") ? contents : withoutEscapes(contents, kind);
  return value === undefined ? undefined : { kind, value };
}

/** Text with the escapes of quotes taken out, and all others as they are. */
export function withoutQuoteEscapes(text: string): string {
  return text.replaceAll(/\\(.)/gs, (all, letter: string) => (letter === "'" || letter === '"' ? letter : all));
}

const escapes = /\\(?:([0-7]{1,3})|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|(.))/gs;

function withoutEscapes(text: string, kind: PythonLiteral["kind"]): string | undefined {
  let known = true;
  const value = text.replaceAll(escapes, (all, ...groups: readonly (string | undefined)[]) => {
    const [octal, byte, short, long, letter = ""] = groups;
    const wide = short ?? long;
    if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
    if (byte !== undefined) return String.fromCodePoint(Number.parseInt(byte, 16));
    if (kind === "text" && letter === "N") known = false;
    if (kind === "bytes" || wide === undefined) return simpleEscapes[letter] ?? all;
    const code = Number.parseInt(wide, 16);
    if (code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)) return String.fromCodePoint(code);
    known = false;
    return all;
  });
  return known ? value : undefined;
}
