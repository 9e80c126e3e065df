import { existsSync, globSync } from "node:fs";
import { basename, isAbsolute, join } from "node:path";
import { CrisolError } from "../../schemas/error.ts";
import { nameChoice } from "../../system/text/name-choice.ts";

/** The file of a pipeline given as a path or as a name: `quickstart` is `pipelines/quickstart.ts`. */
export function pipelineFile(project: string, given: string): string {
  const written = given.endsWith(".ts") ? given : `${given}.ts`;
  // some terminals and file systems write ñ as n and a combining mark
  const names = [...new Set([written, written.normalize("NFC"), written.normalize("NFD")])];
  const placesOf = (name: string) => (isAbsolute(name) ? [name] : [join(project, name), join(project, "pipelines", name)]);
  const found = names.flatMap(placesOf).find((path) => existsSync(path));
  if (found !== undefined) return found;
  const known = globSync("*.ts", { cwd: join(project, "pipelines") }).map((file) => basename(file, ".ts"));
  const choice = nameChoice(basename(written, ".ts"), known.toSorted());
  throw new CrisolError({
    code: "NOT_FOUND",
    what: `no pipeline '${given}'`,
    where: placesOf(written).join(" and "),
    why: "there is nothing to compile",
    fix: `give the path of a .ts file, or the name of one in pipelines/${choice && `: ${choice}`}`,
  });
}
