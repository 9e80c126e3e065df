import { join } from "node:path";
import { CrisolError } from "../../schemas/error.ts";
import { isTrainerEntry, type TrainerEntry, trainerEntries, trainerFact, wholeTrainer } from "../../schemas/trainer/entries.ts";
import { crisolFolder } from "../../system/package-folder.ts";
import { trainerFacts } from "../trainer/trainer-facts.ts";
import { trainerDigest } from "../trainer/trainer-files.ts";

/** The part of a stage that says which facts it needs. */
interface Declaring {
  readonly name: string;
  readonly runtime: readonly string[];
}

const trainerFolder = join(crisolFolder, "trainer");
const entryFacts = new Map<string, TrainerEntry>(
  Object.keys(trainerEntries).flatMap((entry) => (isTrainerEntry(entry) ? [[trainerFact(entry), entry]] : [])),
);
const names = ["node", wholeTrainer, ...entryFacts.keys()];

/** The facts of the runtime that some stages declare, each established once. */
export class RuntimeFacts {
  readonly #known: ReadonlyMap<string, string>;

  private constructor(known: ReadonlyMap<string, string>) {
    this.#known = known;
  }

  /**
   * Establish what these stages declare.
   *
   * @param cache the file that remembers what is slow to find.
   * @throws CrisolError PIPELINE_INVALID for a fact that crisol cannot establish; ENVIRONMENT for a trainer that is not as its lock says.
   */
  static async establish(stages: readonly Declaring[], cache: string): Promise<RuntimeFacts> {
    const known = new Map<string, string>();
    const entries = new Set<TrainerEntry>();
    for (const { name: stage, runtime } of stages) {
      for (const name of runtime) {
        const entry = entryFacts.get(name);
        if (entry !== undefined) entries.add(entry);
        else if (name === wholeTrainer) known.set(name, known.get(name) ?? trainerDigest(trainerFolder));
        else if (name === "node") known.set(name, process.versions.node.split(".")[0] ?? "");
        else throw unknownFact(stage, name);
      }
    }
    const digests = entries.size > 0 ? await trainerFacts(trainerFolder, [...entries], cache) : {};
    for (const [entry, digest] of Object.entries(digests)) known.set(`${wholeTrainer}/${entry}`, digest);
    return new RuntimeFacts(known);
  }

  /** The facts that a stage declares, by name. */
  of({ name: stage, runtime }: Declaring): { [name: string]: string } {
    return Object.fromEntries(
      runtime.map((name) => {
        const value = this.#known.get(name);
        if (value === undefined) throw unknownFact(stage, name);
        return [name, value];
      }),
    );
  }
}

function unknownFact(stage: string, name: string): CrisolError {
  return new CrisolError({
    code: "PIPELINE_INVALID",
    what: `stage "${stage}" declares the runtime fact "${name}", which crisol cannot establish`,
    where: `defineStage({ name: "${stage}", runtime: [...] })`,
    why: "a stage's key holds the facts it declares; an unknown one would make its result unpredictable",
    fix: `use one of: ${names.join(", ")}`,
  });
}
