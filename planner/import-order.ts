const quoted = String.raw`("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')`;
const withFrom = new RegExp(`^(?<what>import|export) (?<clause>.+) from (?<from>${quoted}(?: with \\{.*\\})?);$`, "s");
const clauses = /^(?:(?<name>[\w$]+)(?:, |$))?(?:\* as (?<space>[\w$]+)|\{(?<members>[^}]*)\})?$/s;

/** What a run of imports takes from one module, each thing once. */
interface Taken {
  readonly names: Set<string>;
  readonly spaces: Set<string>;
  readonly members: Set<string>;
  exported: boolean;
}

/**
 * Put the imports at the beginning of a module in an order of their own: by module, each module's members together and sorted.
 *
 * Import sorters of editors do the same, and keep what this keeps: an import of nothing (`import "./setup.ts"`) is there for what it does, so
 * none moves past it. Names that the module never uses are left out.
 *
 * @param code a module as esbuild prints it: every statement begins a line.
 */
export function sortImports(code: string): string {
  const lines = code.split("\n");
  const statements: string[] = [];
  let next = 0;
  for (let end = endOfImport(lines, 0); end !== undefined; end = endOfImport(lines, next)) {
    statements.push(lines.slice(next, end + 1).join("\n"));
    next = end + 1;
  }
  const body = lines.slice(next);
  const words = new Set(body.join("\n").match(/[\w$]+/g));
  const sorted: string[] = [];
  let run = new Map<string, Taken>();
  for (const statement of statements) {
    if (take(run, statement)) continue;
    sorted.push(...printRun(run, words), statement);
    run = new Map();
  }
  return [...sorted, ...printRun(run, words), ...body].join("\n");
}

/** The last line of the import that begins at a line; undefined where none does. */
function endOfImport(lines: readonly string[], start: number): number | undefined {
  const first = lines[start] ?? "";
  if (!/^(import[ "'{*]|export \*)/.test(first)) return undefined;
  const end = first.endsWith(";") ? start : lines.findIndex((line, index) => index > start && line.startsWith("}"));
  return lines[end]?.endsWith(";") ? end : undefined;
}

/** Add what a statement imports to a run; false when it must stay where it stands. */
function take(run: Map<string, Taken>, statement: string): boolean {
  const { what, clause = "", from = "" } = withFrom.exec(statement)?.groups ?? {};
  const exported = what === "export" && clause === "*";
  const { name, space, members = "" } = (what === "import" ? clauses.exec(clause)?.groups : undefined) ?? {};
  const parts = members.split(",").flatMap((member) => (member.trim() === "" ? [] : [member.trim()]));
  if (!exported && name === undefined && space === undefined && parts.length === 0) return false;
  const taken = run.get(from) ?? { names: new Set(), spaces: new Set(), members: new Set(), exported: false };
  if (name !== undefined) taken.names.add(name);
  if (space !== undefined) taken.spaces.add(space);
  for (const part of parts) taken.members.add(part);
  taken.exported ||= exported;
  run.set(from, taken);
  return true;
}

function printRun(run: ReadonlyMap<string, Taken>, words: ReadonlySet<string>): string[] {
  const isUsed = (binding: string): boolean => words.has(binding.split(" as ").at(-1) ?? binding);
  return [...run]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([from, { names, spaces, members, exported }]) => {
      const used = [...members].filter(isUsed).sort().join(", ");
      const statements = [
        ...[...names].filter(isUsed).map((name) => `import ${name} from ${from};`),
        ...[...spaces].filter(isUsed).map((space) => `import * as ${space} from ${from};`),
        ...(used === "" ? [] : [`import { ${used} } from ${from};`]),
        ...(exported ? [`export * from ${from};`] : []),
      ];
      return statements.length === 0 ? [`import ${from};`] : statements.sort();
    });
}
