import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { digestOf, digestOfJson } from "../schemas/digest.ts";
import { CrisolError } from "../schemas/error.ts";
import { crisolFolder } from "./folders.ts";

/** How each fact of the runtime that a stage may declare is established. */
const establish = {
  trainer: () => trainerDigest(join(crisolFolder, "trainer")),
  node: () => process.versions.node.split(".")[0] ?? "",
} satisfies Record<string, () => string>;

/** Facts of the runtime, each established once. */
export class RuntimeFacts {
  readonly #known = new Map<string, string>();

  /**
   * The facts that a stage declares, by name.
   *
   * @throws CrisolError PIPELINE_INVALID for a name that nobody can establish.
   */
  of(stage: string, names: readonly string[]): { [name: string]: string } {
    return Object.fromEntries(names.map((name) => [name, this.#fact(stage, name)]));
  }

  #fact(stage: string, name: string): string {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    if (!isFact(name)) throw unknownFact(stage, name);
    const value = establish[name]();
    this.#known.set(name, value);
    return value;
  }
}

function isFact(name: string): name is keyof typeof establish {
  return Object.hasOwn(establish, name);
}

/** The digest of the trainer's own files and of its lock file; line ends count alike on every system. */
export function trainerDigest(folder: string): string {
  const files = pythonFiles(join(folder, "crisol_trainer"), "crisol_trainer");
  const digests = [...files, "requirements.lock"].map((path) => [
    path,
    digestOf(readFileSync(join(folder, path), "utf8").replaceAll("\r\n", "\n")),
  ]);
  return digestOfJson(Object.fromEntries(digests));
}

function pythonFiles(folder: string, name: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return entry.name.startsWith(".") ? [] : pythonFiles(join(folder, entry.name), `${name}/${entry.name}`);
    return entry.name.endsWith(".py") ? [`${name}/${entry.name}`] : [];
  });
}

function unknownFact(stage: string, name: string): CrisolError {
  return new CrisolError({
    code: "PIPELINE_INVALID",
    what: `stage "${stage}" declares the runtime fact "${name}", which crisol cannot establish`,
    where: `defineStage({ name: "${stage}", runtime: [...] })`,
    why: "a stage's key holds the facts it declares; an unknown one would make its result unpredictable",
    fix: `use one of: ${Object.keys(establish).join(", ")}`,
  });
}
