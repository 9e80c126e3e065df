import { nfc } from "../text/nfc.ts";
import { type HtmlMode, htmlToText } from "./html.ts";
import { withoutInvisible } from "./invisible.ts";

/**
 * A text in the form that models should read: Unicode NFC, no markup, no invisible characters, tidy white space.
 *
 * It is idempotent.
 */
export function normalise(text: string, html: HtmlMode): string {
  return orderlySpace(htmlToText(settle(text), html, settle));
}

function settle(text: string): string {
  return nfc(withoutInvisible(text));
}

/** One space between words, none around line breaks, at most one blank line. Each step is linear, whatever the text. */
function orderlySpace(text: string): string {
  return text
    .replace(/ ?[^\S\n ][^\S\n]*| {2}[^\S\n]*/g, " ")
    .replace(/ ?\n ?/g, "\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}
