import { type Digest, digestOfJson } from "../../schemas/digest.ts";
import { type TrainerEntry, trainerEntries } from "../../schemas/trainer/entries.ts";
import { OpaqueModule, trainerClosure } from "./trainer-closure.ts";
import { trainerDigest, trainerPackage } from "./trainer-files.ts";
import { TrainerModules } from "./trainer-modules.ts";
import { TrainerPackages } from "./trainer-packages.ts";

/**
 * The digest of what each of some entries of the trainer runs: the modules that it imports, by what they mean, and the versions of the packages that these
 * need. Where the imports cannot be followed, the digest of the whole trainer.
 *
 * @param folder the trainer's, with its package and its lock.
 * @throws CrisolError ENVIRONMENT for an import that no locked package has.
 */
export function trainerEntryDigests(folder: string, entries: readonly TrainerEntry[]): Map<TrainerEntry, Digest> {
  const modules = new TrainerModules(folder, trainerPackage);
  const packages = new TrainerPackages(folder);
  const digestOfEntry = (entry: TrainerEntry): Digest => {
    try {
      const { digest, elsewhere } = trainerClosure(modules, trainerEntries[entry]);
      return digestOfJson({ modules: digest, packages: packages.neededBy(elsewhere) });
    } catch (error) {
      if (error instanceof OpaqueModule) return trainerDigest(folder);
      throw error;
    }
  };
  return new Map(entries.map((entry) => [entry, digestOfEntry(entry)]));
}
