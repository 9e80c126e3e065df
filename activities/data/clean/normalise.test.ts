import { describe, expect, test } from "vitest";
import { normalise } from "./normalise.ts";

describe("invisible characters", () => {
  test.each([
    ["zero-width spaces, soft hyphens and byte order marks go", "pa\u200bla\u00adbra\ufeff", "palabra"],
    ["controls go", "a\u0000b\u0007c\u009fd\u007f", "abcd"],
    ["bidirectional controls go", "\u202eabc\u202c \u2066x\u2069\u200f", "abc x"],
    ["a non-joiner in Persian stays", "می\u200cخواهم", "می\u200cخواهم"],
    ["a joiner in Hindi stays", "क्\u200dष", "क्\u200dष"],
    ["only one joiner stays", "می\u200c\u200c\u200bخواهم", "می\u200cخواهم"],
    ["a joiner between Latin letters goes", "ca\u200dsa", "casa"],
    ["a joiner between emoji stays", "👩🏽\u200d💻 👨\u200d👩\u200d👧", "👩🏽\u200d💻 👨\u200d👩\u200d👧"],
    ["a joiner after an emoji that joins nothing goes", "👩\u200d y", "👩 y"],
    [
      "the tags of a flag stay, others go",
      "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} x\u{e0067}\u{e007f}",
      "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} x",
    ],
    ["a variation selector stays", "❤\ufe0f 葛\u{e0100}", "❤\ufe0f 葛\u{e0100}"],
    ["a message in variation selectors goes", `a\ufe01${"\u{e0150}\ufe03".repeat(9)}b`, "a\ufe01b"],
    ["marks beyond any script's use go", `e${"\u0301".repeat(500)}`, `é${"\u0301".repeat(29)}`],
  ])("%s", (_, dirty, clean) => {
    expect(normalise(dirty, "auto")).toBe(clean);
  });
});

describe("white space", () => {
  test.each([
    ["one space between words", "uno  dos\u00a0tres\t\u3000 cuatro", "uno dos tres cuatro"],
    ["every line break is a line feed", "a\r\nb\rc\u2028d\u0085e\ff", "a\nb\nc\nd\ne\nf"],
    ["at most one blank line, no space around", "  a \n \n\n\n b  \n", "a\n\nb"],
  ])("%s", (_, dirty, clean) => {
    expect(normalise(dirty, "auto")).toBe(clean);
  });
});

describe("HTML", () => {
  const page = `<!DOCTYPE html><html><head><title>El Niño</title><style>p{color:red}</style></head><body>
    <h1>La  ma&ntilde;ana</h1><p>Uno<br>dos &amp; <b>tres</b>.</p><script>if (a < b) alert("<p>")</script>
    <ul><li>primero<li>segundo</ul><table><tr><td>1</td><td>2</td></tr></table><pre>a
  b</pre>&#161;Fin!</body></html>`;

  test("becomes text with each block on its own lines", () => {
    expect(normalise(page, "auto")).toBe("El Niño\n\nLa mañana\n\nUno\ndos & tres.\n\nprimero\nsegundo\n\n1 2\n\na\nb\n\n¡Fin!");
  });

  test.each([
    "if (a < b && c > d) return;",
    "std::vector<a> x; List<A> y;",
    "use <b> and <i> for that",
    "5 &lt; 6 in a text without tags",
    "mail <ana@example.com> or <https://example.com/p>",
  ])("is not recognised in %j", (text) => {
    expect(normalise(text, "auto")).toBe(text);
  });

  test.each([
    ["an embedded player", "<embed src=x>"],
    ["a self-closed drawing", "<svg/>"],
    ["a self-closed object", '<object data="x" />'],
    ["a drawing within a drawing", "<svg><svg><text>no</text></svg>no</svg>"],
    ["a drawing that nests a self-closed one", "<svg><svg/>no</svg>"],
  ])("continues after %s", (_, element) => {
    expect(normalise(`<p>before</p>${element}<p>after</p>`, "auto")).toBe("before\n\nafter");
  });

  test("that a page shows as text stays escaped, so that it is never read as markup", () => {
    expect(normalise("<p>Write &lt;b&gt;bold&lt;/b&gt; if 1 &lt; 2</p>", "auto")).toBe("Write &lt;b>bold&lt;/b> if 1 < 2");
  });

  test("is left alone with never, and removed everywhere with always", () => {
    expect(normalise("<p>uno</p>", "never")).toBe("<p>uno</p>");
    expect(normalise("uno <em>dos", "always")).toBe("uno dos");
    expect(normalise("uno &eacute; dos\ntres", "always")).toBe("uno é dos\ntres");
  });
});
