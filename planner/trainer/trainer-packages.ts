import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { CrisolError } from "../../schemas/error.ts";
import { pythonStandardModules } from "./trainer-python-modules.ts";

const Graph = z.array(z.object({ name: z.string(), version: z.string(), modules: z.array(z.string()), needs: z.array(z.string()) }));
type Package = z.output<typeof Graph>[number];

/** The Python packages that set-up installs, from trainer/requirements.lock and requirements.graph.json. */
export class TrainerPackages {
  readonly #byName: ReadonlyMap<string, Package>;

  /** @throws CrisolError ENVIRONMENT when the graph is not that of the lock. */
  constructor(folder: string) {
    const graph = Graph.parse(JSON.parse(readFileSync(join(folder, "requirements.graph.json"), "utf8")));
    this.#byName = new Map(graph.map((each) => [each.name, each]));
    const locked = readLock(readFileSync(join(folder, "requirements.lock"), "utf8"));
    const versions = new Map(graph.map(({ name, version }) => [name, version]));
    const other = [...new Set([...locked.keys(), ...versions.keys()])].filter((name) => locked.get(name) !== versions.get(name));
    if (other.length > 0) throw otherGraph(other, folder);
  }

  /**
   * The versions of the packages that these imports need, however far away, by name.
   *
   * @param imports by the name that is imported, a file that does.
   * @throws CrisolError ENVIRONMENT for what is neither Python's own nor in the lock.
   */
  neededBy(imports: ReadonlyMap<string, string>): { [name: string]: string } {
    const versions: { [name: string]: string } = {};
    const add = (name: string): void => {
      const found = this.#byName.get(name);
      if (found === undefined || name in versions) return;
      versions[name] = found.version;
      found.needs.forEach(add);
    };
    for (const [module, file] of imports) {
      if (pythonStandardModules.has(module)) continue;
      const providers = [...this.#byName.values()].filter(({ modules }) => modules.includes(module));
      if (providers.length === 0) throw notLocked(module, file);
      for (const { name } of providers) add(name);
    }
    return versions;
  }
}

/** Version of each package by its normalized name (PEP 503). */
function readLock(text: string): Map<string, string> {
  const lines = text.split(/\r?\n/).filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const [name = "", version = ""] = line.split("==");
      return [name.replaceAll(/[-_.]+/g, "-").toLowerCase(), version.trim()];
    }),
  );
}

function otherGraph(names: readonly string[], folder: string): CrisolError {
  return new CrisolError({
    code: "ENVIRONMENT",
    what: `requirements.graph.json has other versions than requirements.lock for ${names.join(", ")}`,
    where: folder,
    why: "the results of the trainer depend on the packages that it needs, and the graph says which these are",
    fix: "install the lock (npm run setup), then write the graph: .venv/bin/python trainer/requirements_graph.py",
  });
}

function notLocked(module: string, file: string): CrisolError {
  return new CrisolError({
    code: "ENVIRONMENT",
    what: `the trainer imports ${module}, which no package in requirements.lock provides`,
    where: `trainer/${file}`,
    why: "the version of every package that the trainer uses must be known, because results depend on it",
    fix: "add the package to trainer/requirements.txt, then write the lock and its graph as it says there",
  });
}
