/** Text in colours, where standard output shows them. */
import { styleText } from "node:util";

type Paint = (text: string) => string;

const paint =
  (format: Parameters<typeof styleText>[0]): Paint =>
  (text) =>
    styleText(format, text, { stream: process.stdout });

export const bold = paint("bold");

export const dim = paint("dim");

export const red = paint("red");

export const green = paint("green");

export const yellow = paint("yellow");

export const cyan = paint("cyan");
