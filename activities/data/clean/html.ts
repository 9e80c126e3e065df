/**
 * HTML to text.
 *
 * The result never contains `<` before anything that could start a tag: it stays `&lt;`, as in the source. So cleaning it again changes nothing.
 */
import { Tokenizer } from "htmlparser2";
import { blocks, cells, known, nesting, paragraphs, silent, voids } from "./html-elements.ts";

const knownTag = new RegExp(`<(/?)(${[...known].join("|")})(?=[\\s>/])[^<>]*>`, "gi");
const documentTag = /<(?:!doctype\s+html|html|body)(?=[\s>])/i;
const tagStart = /<(?=[a-zA-Z/!?])/g;

/** When markup is removed. */
export type HtmlMode = "auto" | "always" | "never";

/** Whether a text is HTML: it has a whole document's tags, or two known tags of which one is an end tag or a void element. */
export function looksLikeHtml(text: string): boolean {
  if (!text.includes("<")) return false;
  if (documentTag.test(text)) return true;
  let tags = 0;
  let closing = 0;
  for (const [, slash, name = ""] of text.matchAll(knownTag)) {
    tags += 1;
    if (slash === "/" || voids.has(name.toLowerCase())) closing += 1;
    if (tags >= 2 && closing >= 1) return true;
  }
  return false;
}

/**
 * The text of HTML, or the text itself if it is not HTML; `settle` is applied before `<` and `&` are escaped.
 *
 * With "always", character references are decoded even in texts without tags.
 */
export function htmlToText(text: string, mode: HtmlMode, settle: (text: string) => string): string {
  switch (mode) {
    case "never":
      return text;
    case "auto":
      return looksLikeHtml(text) ? settle(textOf(text, true)).replace(tagStart, "&lt;") : text;
    case "always": {
      const plain = settle(textOf(text, hasTag(text)));
      const safe = !hasTag(plain) && settle(textOf(plain, false)) === plain;
      return safe ? plain : plain.replace(/&(?=[#a-zA-Z])/g, "&amp;").replace(tagStart, "&lt;");
    }
  }
}

function hasTag(text: string): boolean {
  return text.search(tagStart) !== -1;
}

/** Text and decoded references; with `collapse`, white space as HTML has it: runs are one space, except in `pre`. */
function textOf(html: string, collapse: boolean): string {
  const parts: string[] = [];
  let silence: string | undefined;
  let depth = 0;
  let preformatted = 0;
  let opened = "";
  const say = (text: string): void => {
    if (silence === undefined) parts.push(text);
  };
  const breakFor = (name: string): void => {
    if (blocks.has(name)) say(paragraphs.has(name) ? "\n\n" : "\n");
    else if (cells.has(name)) say(" ");
  };
  const endSilence = (name: string): void => {
    if (name !== silence) return;
    depth -= 1;
    if (depth === 0) silence = undefined;
  };
  const tokenizer = new Tokenizer(
    { decodeEntities: true },
    {
      ontext(start, end) {
        const text = html.slice(start, end);
        say(collapse && preformatted === 0 ? text.replace(/\s+/g, " ") : text);
      },
      ontextentity: (codePoint) => say(String.fromCodePoint(codePoint)),
      onopentagname(start, end) {
        const name = html.slice(start, Math.min(end, start + 32)).toLowerCase();
        if (silence === undefined && silent.has(name)) [silence, depth] = [name, 1];
        else if (silence === name && nesting.has(name)) depth += 1;
        opened = name;
        if (name === "pre") preformatted += 1;
        breakFor(name);
      },
      onclosetag(start, end) {
        const name = html.slice(start, Math.min(end, start + 32)).toLowerCase();
        endSilence(name);
        if (name === "pre" && preformatted > 0) preformatted -= 1;
        breakFor(name);
      },
      onselfclosingtag() {
        if (nesting.has(opened)) endSilence(opened);
      },
      onopentagend: () => undefined,
      onattribdata: () => undefined,
      onattribentity: () => undefined,
      onattribend: () => undefined,
      onattribname: () => undefined,
      oncdata: (start, end, endOffset) => say(html.slice(start, end - endOffset)),
      oncomment: () => undefined,
      ondeclaration: () => undefined,
      onprocessinginstruction: () => undefined,
      onend: () => undefined,
    },
  );
  tokenizer.write(html);
  tokenizer.end();
  return parts.join("");
}
