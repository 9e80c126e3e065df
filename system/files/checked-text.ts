import { digestOf } from "../../schemas/digest.ts";

/** A value as stored in a small file: its JSON on the first line, the sha-256 of that line on the second. */
export function toCheckedText(value: object): string {
  const line = JSON.stringify(value);
  return `${line}\n${digestOf(line)}\n`;
}

/** The value of a checked text; undefined when a bit of it is not as it was written. */
export function fromCheckedText(text: string): unknown {
  const [line = "", digest, end] = text.split("\n");
  if (end !== "" || digest !== digestOf(line)) return undefined;
  return JSON.parse(line);
}
