import { extname, join } from "node:path";
import { crisolFolder } from "../../planner/folders.ts";

/** A module beside this file's folder, as Node runs it here: TypeScript in a clone, compiled in an installed package. */
export function cliModule(name: string): string {
  return join(import.meta.dirname, "..", `${name}${extname(import.meta.filename)}`);
}

/** The command that installs everything that crisol needs. */
export function setupCommand(): string {
  const installed = crisolFolder.split(/[/\\]/).includes("node_modules");
  return installed ? `node ${join(crisolFolder, "scripts", "setup.mjs")}` : `npm run setup (in ${crisolFolder})`;
}
