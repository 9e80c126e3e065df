import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Digest, digestOf, digestOfJson } from "../../schemas/digest.ts";

/** The name of the trainer's Python package, which is a folder of its own. */
export const trainerPackage = "crisol_trainer";

/** The digest of all of the trainer's files and of its lock file; line ends count alike on every system. */
export function trainerDigest(folder: string): Digest {
  const files = pythonFiles(folder, trainerPackage);
  const digests = [...files, "requirements.lock"].map((path) => [
    path,
    digestOf(readFileSync(join(folder, path), "utf8").replaceAll("\r\n", "\n")),
  ]);
  return digestOfJson(Object.fromEntries(digests));
}

/** The files of Python below a folder in another, by their paths from that, with forward slashes. */
export function pythonFiles(folder: string, inner: string): string[] {
  return readdirSync(join(folder, inner), { withFileTypes: true }).flatMap((entry) => {
    const path = `${inner}/${entry.name}`;
    if (entry.isDirectory()) return entry.name.startsWith(".") ? [] : pythonFiles(folder, path);
    return entry.name.endsWith(".py") ? [path] : [];
  });
}
