import { canonicalJson } from "../../schemas/canonical-json.ts";
import type { Json } from "../../schemas/json.ts";
import type { Form } from "./trainer-form.ts";
import type { PythonImport } from "./trainer-imports.ts";
import type { Imported } from "./trainer-modules.ts";

/** What stands for a module of the trainer in the form of another. */
export type NameOf = (module: string) => Json;

/** The form of a module with other modules by what `nameOf` says in the place of their names, and imports in a row in one order. */
export function filledForm(form: Form, resolve: (each: PythonImport) => Imported, nameOf: NameOf): Json {
  if (typeof form === "string") return form;
  if ("imports" in form) return { imports: inOneOrder(form.imports.map((each) => bindingOf(each, resolve(each), nameOf))) };
  if ("module" in form) return { module: nameOf(form.module), ...(form.imported ? {} : { text: form.module }) };
  return form.map((part) => filledForm(part, resolve, nameOf));
}

/** What an import binds to which name. */
interface Binding {
  readonly name: string;
  readonly value: Json;
  /** What it adds to the value, if that was bound before. */
  readonly loads?: string;
}

function bindingOf({ module, name, as }: PythonImport, found: Imported, nameOf: NameOf): Binding {
  const [top = ""] = module.split(".");
  switch (found.from) {
    case "elsewhere":
      if (name === undefined && as === undefined) return { name: top, value: { package: top }, loads: module };
      return { name: as ?? name ?? "", value: { module: found.module, ...(name === undefined ? {} : { member: name }) } };
    case "trainer":
      return {
        name: as ?? name ?? "",
        value: { own: nameOf(found.module), ...(found.member === undefined ? {} : { member: found.member }) },
      };
    case "package":
      if (name === undefined && as === undefined)
        return { name: top, value: { ownPackage: top }, loads: canonicalJson([module, nameOf(module)]) };
      return { name: as ?? name ?? "", value: { ownPackage: found.module, contents: nameOf(found.module) } };
    case "nowhere":
      throw new Error(`nothing was found for the import of ${module}`);
  }
}

/** Bindings in one order; in their own where one may replace another. */
function inOneOrder(bindings: readonly Binding[]): Json[] {
  const values = new Map<string, string>();
  const replaced = bindings.some(({ name, value }) => {
    const text = canonicalJson(value);
    const before = values.get(name);
    values.set(name, text);
    return name === "*" || (before !== undefined && before !== text);
  });
  const texts = bindings.map(({ name, value, loads = "" }) => canonicalJson([name, value, loads]));
  return replaced ? texts : [...new Set(texts)].sort();
}
