/** What a module of the trainer consists of: the modules that it imports, however far away, by what they mean and not by their names. */
import { canonicalJson } from "../../schemas/canonical-json.ts";
import { type Digest, digestOfJson } from "../../schemas/digest.ts";
import type { Json } from "../../schemas/json.ts";
import { circlesOf } from "./trainer-circles.ts";
import { filledForm, type NameOf } from "./trainer-filled-form.ts";
import type { TrainerModule, TrainerModules } from "./trainer-modules.ts";

/** A module with all that it imports. */
export interface TrainerClosure {
  readonly digest: Digest;
  /** Names by which something outside of the package is imported, each with a file that does. */
  readonly elsewhere: ReadonlyMap<string, string>;
}

/** A module of the package does what cannot be followed. */
export class OpaqueModule extends Error {
  constructor(file: string, reason: string) {
    super(`${file}: ${reason}`);
  }
}

/**
 * The closure of a module.
 *
 * @throws OpaqueModule where its imports cannot be determined.
 */
export function trainerClosure(modules: TrainerModules, entry: string): TrainerClosure {
  const reached = reach(modules, entry);
  const names = [...reached.keys()].sort();
  const digests = new Map<string, Digest>();
  for (const circle of circlesOf(reached)) digestCircle(circle, { modules, digests });
  const alike = new Set(digests.values()).size < names.length;
  const byNames = alike || names.some((name) => goesByNames(modules, name));
  const elsewhere = new Map(names.flatMap((name) => importsElsewhere(modules, name).map((top) => [top, moduleOf(modules, name).file])));
  return { digest: byNames ? digestOfNames(modules, names, entry) : digestFor(digests, entry), elsewhere };
}

/** The digest of modules whose names count: two modules are alike, or a program reads the names. */
function digestOfNames(modules: TrainerModules, names: readonly string[], entry: string): Digest {
  return digestOfJson({ entry, modules: names.map((name) => [name, contentsOf(modules, name, (other) => other)]) });
}

/** What each module that is reached needs itself: what it imports or names, and the packages around it. */
function reach(modules: TrainerModules, entry: string): Map<string, readonly string[]> {
  const reached = new Map<string, readonly string[]>();
  const waiting = [entry];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (reached.has(name)) continue;
    const module = moduleOf(modules, name);
    if (module.opaque !== undefined) throw new OpaqueModule(module.file, module.opaque);
    const imported = module.imports.flatMap((each) => {
      const found = modules.resolve(module, each);
      if (found.from === "nowhere") throw new OpaqueModule(module.file, `import of ${each.module}, ${each.name ?? ""}`);
      return found.from !== "elsewhere" && modules.get(found.module) !== undefined ? [found.module] : [];
    });
    const needs = [...new Set([...imported, ...module.named, ...modules.around(name)])];
    reached.set(name, needs);
    waiting.push(...needs);
  }
  return reached;
}

/**
 * Find the digests of modules that import one another, or of one that imports none of its importers.
 *
 * In a circle a module is represented by what is known of it, at first nothing; after as many rounds as the circle has modules, all modules that can be
 * distinguished have different digests.
 */
function digestCircle(circle: readonly string[], { modules, digests }: { modules: TrainerModules; digests: Map<string, Digest> }): void {
  const [only = ""] = circle;
  const outside: NameOf = (name) => digests.get(name) ?? "in a circle";
  const contents = (name: string, nameOf: NameOf) => digestOfJson(contentsOf(modules, name, nameOf));
  let known = new Map(circle.map((name) => [name, contents(name, outside)]));
  if (circle.length > 1) {
    for (const _ of circle) {
      const before = known;
      known = new Map(circle.map((name) => [name, contents(name, (other) => before.get(other) ?? outside(other))]));
    }
    const together = [...known.values()].sort();
    for (const [name, digest] of known) digests.set(name, digestOfJson([digest, together]));
  } else {
    digests.set(only, digestFor(known, only));
  }
}

/** A module as it counts: its statements, and the packages around it, which Python runs before it. */
function contentsOf(modules: TrainerModules, name: string, nameOf: NameOf): Json {
  const module = moduleOf(modules, name);
  const around = modules.around(name).map((outer) => canonicalJson(nameOf(outer)));
  return { around, statements: filledForm(module.form, (each) => modules.resolve(module, each), nameOf) };
}

/** Whether a module reads what it is called, or binds a package, through which everything is reached by its name. */
function goesByNames(modules: TrainerModules, name: string): boolean {
  const module = moduleOf(modules, name);
  return module.readsItsName || module.imports.some((each) => modules.resolve(module, each).from === "package");
}

function importsElsewhere(modules: TrainerModules, name: string): string[] {
  const module = moduleOf(modules, name);
  return module.imports.flatMap((each) => {
    const found = modules.resolve(module, each);
    return found.from === "elsewhere" ? [found.top] : [];
  });
}

function moduleOf(modules: TrainerModules, name: string): TrainerModule {
  const module = modules.get(name);
  if (module === undefined) throw new Error(`the trainer has no module ${name}`);
  return module;
}

function digestFor(digests: ReadonlyMap<string, Digest>, name: string): Digest {
  const digest = digests.get(name);
  if (digest === undefined) throw new Error(`the trainer's module ${name} has no digest`);
  return digest;
}
