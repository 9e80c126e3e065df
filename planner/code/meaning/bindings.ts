/** The names that are bound inside of a statement while it is written in canonical form. */

/** A name bound inside of the statement: numbered when it is first seen. */
export interface Binding {
  number?: number;
  /** What the source called the function or class. */
  sourceName?: string;
}

/** A scope, and those around it. */
export interface Scope {
  readonly bindings: ReadonlyMap<string, Binding>;
  readonly outer: Scope | undefined;
}

/** A scope inside of another that binds these names. */
export function inner(outer: Scope | undefined, names: readonly string[]): Scope {
  return { bindings: new Map(names.map((name) => [name, {}])), outer };
}

/** What a name is bound to; undefined for a name from outside of the statement. */
export function find(scope: Scope | undefined, name: string): Binding | undefined {
  for (let at = scope; at !== undefined; at = at.outer) {
    const binding = at.bindings.get(name);
    if (binding !== undefined) return binding;
  }
  return undefined;
}
