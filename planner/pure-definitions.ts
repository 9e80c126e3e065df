import type { MappedCode } from "./mapped-code.ts";

const definition = /^(?<head>(?:export )?(?:const|let|var) [\w$]+ = |export default )(?=define(?:Stage|Filter|Pipeline)\()/;

/** Members of a definition that only the language reads, when a graph is built: code that runs never sees them. */
const unread = /^ {2}(?:summary|inputs|outputs|params|positional|needs|adds|resources|runtime)(?:: |,?$)/;

/** Whether a module may define stages or a pipeline. */
export function hasDefinitions(code: string): boolean {
  return /\bdefine(Stage|Filter|Pipeline)\(/.test(code);
}

/**
 * Lets esbuild leave out definitions that a stage does not use: the pipeline in its file, other stages beside it.
 *
 * `defineStage`, `defineFilter` and `definePipeline` only make a value, but esbuild cannot know; so each call is wrapped in a function that
 * is marked as pure. What no code that runs reads of a definition is taken out.
 *
 * @param module as esbuild prints it, without template literals: statements begin a line, and everything inside of them is indented. What is
 *   left of a definition keeps its columns, so that the mappings hold.
 */
export function wrapDefinitions(module: MappedCode): MappedCode {
  const lines = module.code.split("\n");
  const groups = module.mappings.split(";");
  const wrapped: string[] = [];
  const mapped: string[] = [];
  for (let start = 0; start < lines.length; start++) {
    const first = lines[start] ?? "";
    const head = definition.exec(first)?.groups?.head;
    const end = first.endsWith(";") ? start : lines.findIndex((line, index) => index > start && /^\S/.test(line));
    const isWhole = end === start ? isOneCall(first) : /^[\])}]+;$/.test(lines[end] ?? "");
    if (head === undefined || !isWhole) {
      wrapped.push(first);
      mapped.push(groups[start] ?? "");
      continue;
    }
    const call = [first.slice(head.length), ...lines.slice(start + 1, end + 1)];
    wrapped.push(`${head}/* @__PURE__ */ (() =>`, `${" ".repeat(head.length)}${withoutUnread(call).join("\n").slice(0, -1)})();`);
    mapped.push("", ...groups.slice(start, end + 1));
    start = end;
  }
  return { code: wrapped.join("\n"), mappings: mapped.join(";"), names: module.names };
}

/** Whether the first parenthesis of a line closes at its very end: nothing else is declared or done in it. */
function isOneCall(line: string): boolean {
  const outside = line.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, "");
  let depth = 0;
  for (let at = outside.indexOf("("); at < outside.length; at++) {
    if (outside[at] === "(") depth += 1;
    if (outside[at] === ")") depth -= 1;
    if (depth === 0) return at === outside.length - 2;
  }
  return false;
}

/** The lines of a definition, empty where they are of members that nothing which runs reads. */
function withoutUnread(lines: readonly string[]): readonly string[] {
  if (!/^define\w+\(import\.meta, \{$/.test(lines[0] ?? "") || lines.at(-1) !== "});") return lines;
  let leaving = false;
  return lines.map((line, index) => {
    // a member lasts until the next one begins, or the object ends
    if (/^ {2}[^\s})\]]|^\S/.test(line)) leaving = index > 0 && unread.test(line);
    return leaving ? "" : line;
  });
}
