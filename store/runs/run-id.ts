import { randomBytes } from "node:crypto";

/**
 * A new name for a run of a pipeline: readable, and in order of time among the pipeline's own ("quickstart-20261124-083044-k3f9").
 *
 * The time is UTC.
 */
export function newRunId(pipeline: string, at: Date): string {
  const time = at.toISOString().replace(/[-:]/g, "").slice(0, 15).replace("T", "-");
  const suffix = Array.from(randomBytes(4), (byte) => alphabet[byte % alphabet.length]).join("");
  return `${pipeline.replaceAll(/[^A-Za-z0-9._-]/g, "-")}-${time}-${suffix}`;
}

/** Whether a text can be the id of a run: it names a folder, so it must not lead elsewhere. */
export function isRunId(text: string): boolean {
  return /^[A-Za-z0-9._-]+$/.test(text) && !/^\.+$/.test(text);
}

/** Digits and letters that cannot be mistaken for one another. */
const alphabet = "23456789abcdefghjkmnpqrstuvwxyz";
