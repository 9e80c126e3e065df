import { readFile } from "node:fs/promises";
import { CrisolError } from "../../../schemas/error.ts";
import type { SecretSource } from "./define.ts";

/**
 * The text of a secret, without the line break at its end.
 *
 * @param setting the setting that refers to it, for the error
 * @throws CrisolError CONFIG_INVALID if it is missing or empty.
 */
export async function secretText(source: SecretSource, setting: string): Promise<string> {
  const inFile = "file" in source;
  const text = inFile ? await readSecret(source.file, setting) : process.env[source.secret];
  const secret = text?.trim() ?? "";
  if (secret !== "") return secret;
  const { what, fix } = inFile
    ? { what: "the file is empty", fix: "write the secret into it" }
    : {
        what: "the environment variable is not set",
        fix: "set it for the command and for every worker; a supervised worker inherits the environment of the command that started it",
      };
  throw new CrisolError({ code: "CONFIG_INVALID", what: `${setting}: ${what}`, where: placeOf(source), why, fix });
}

/** The place of a secret, as it is shown. */
export function placeOf(source: SecretSource): string {
  return "file" in source ? source.file : `$${source.secret}`;
}

async function readSecret(path: string, setting: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const what = `${setting}: ${cause instanceof Error ? cause.message : String(cause)}`;
    const fix = "correct the path, which is relative to the working directory, or make the file readable by this user";
    throw new CrisolError({ code: "CONFIG_INVALID", what, where: path, why, fix }, { cause });
  }
}

const why = "temporal.config.ts refers to it, and without it nothing can be sent to the Temporal server";
