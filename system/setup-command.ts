import { join } from "node:path";
import { crisolFolder } from "./package-folder.ts";

/** The command that installs everything that crisol needs. */
export function setupCommand(): string {
  const installed = crisolFolder.split(/[/\\]/).includes("node_modules");
  return installed ? `node ${join(crisolFolder, "scripts", "setup.mjs")}` : `npm run setup (in ${crisolFolder})`;
}
