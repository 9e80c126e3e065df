import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pythonFiles } from "./trainer-files.ts";
import { type PythonModule, readPython } from "./trainer-form.ts";
import type { PythonImport } from "./trainer-imports.ts";

/** What an import brings. */
export type Imported =
  /** Something of a package that is installed, or of Python itself. */
  | { readonly from: "elsewhere"; readonly top: string; readonly module: string }
  /** A module of the trainer package, or a member of it ("*": all). */
  | { readonly from: "trainer"; readonly module: string; readonly member?: string }
  /** A package of the trainer's modules, from which all that was loaded of it is reached by name. */
  | { readonly from: "package"; readonly module: string }
  /** Nothing that can be found. */
  | { readonly from: "nowhere" };

/** A module of the trainer package. */
export interface TrainerModule extends PythonModule {
  readonly name: string;
  /** Its file, relative to the trainer's folder, with forward slashes. */
  readonly file: string;
  readonly isPackage: boolean;
}

/** The Python package of the trainer, each module read when it is asked for. */
export class TrainerModules {
  readonly #folder: string;
  readonly #package: string;
  readonly #files: ReadonlyMap<string, string>;
  readonly #read = new Map<string, TrainerModule>();

  /**
   * @param folder the folder that contains the package
   * @param name the package's: "crisol_trainer"
   */
  constructor(folder: string, name: string) {
    this.#folder = folder;
    this.#package = name;
    this.#files = new Map(
      pythonFiles(folder, name)
        // a package goes before a module of its name
        .sort((a, b) => Number(isPackage(a)) - Number(isPackage(b)))
        .map((file) => [moduleName(file), file]),
    );
  }

  /** A module; undefined where the package has none of that name. */
  get(name: string): TrainerModule | undefined {
    const file = this.#files.get(name);
    if (file === undefined) return undefined;
    const known = this.#read.get(name);
    if (known !== undefined) return known;
    const source = readFileSync(join(this.#folder, file), "utf8");
    const module = { ...readPython(source, (text) => this.#isNamed(text)), name, file, isPackage: isPackage(file) };
    this.#read.set(name, module);
    return module;
  }

  /** The packages around a module that do something when they are imported. */
  around(name: string): string[] {
    const parts = name.split(".");
    const outer = parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("."));
    return outer.filter((each) => (this.get(each)?.form.length ?? 0) > 0);
  }

  /** What an import of a module brings. */
  resolve({ isPackage, name: importer }: TrainerModule, { level, module, name, as }: PythonImport): Imported {
    const outer = importer.split(".");
    const base = [
      ...(level === 0 ? [] : outer.slice(0, Math.max(0, outer.length - level + (isPackage ? 1 : 0)))),
      ...(module === "" ? [] : [module]),
    ].join(".");
    const [top = ""] = base.split(".");
    if (top !== this.#package) return { from: "elsewhere", top, module: base };
    const [wanted, member] = name === undefined || !this.#has(`${base}.${name}`) ? [base, name] : [`${base}.${name}`, undefined];
    if (!this.#has(wanted)) return { from: "nowhere" };
    const whole = member === undefined && ((name === undefined && as === undefined) || this.#isPackage(wanted));
    if (whole) return { from: "package", module: wanted };
    // what a package's `*` brings is not in its own file alone
    if (member === "*" && this.#isPackage(wanted)) return { from: "nowhere" };
    return this.#files.has(wanted) ? { from: "trainer", module: wanted, ...(member === undefined ? {} : { member }) } : { from: "nowhere" };
  }

  #isNamed(text: string): boolean | "?" {
    if (this.#files.has(text)) return true;
    return (text.startsWith(`${this.#package}.`) || text.startsWith(`${this.#package}/`)) && "?";
  }

  /** Whether there is such a module, or a folder of modules. */
  #has(name: string): boolean {
    return this.#files.has(name) || this.#isPackage(name);
  }

  #isPackage(name: string): boolean {
    const file = this.#files.get(name);
    if (file !== undefined) return isPackage(file);
    return [...this.#files.keys()].some((each) => each.startsWith(`${name}.`));
  }
}

function isPackage(file: string): boolean {
  return file.endsWith("/__init__.py");
}

function moduleName(file: string): string {
  return file.replace(/(\/__init__)?\.py$/, "").replaceAll("/", ".");
}
