import { resolve } from "node:path";
import type { ArtifactRef } from "../../schemas/artifact.ts";
import { CrisolError } from "../../schemas/error.ts";
import { exportArtifact } from "../../store/artifacts/export-artifact.ts";
import { gc } from "../../store/gc/gc.ts";
import type { Store } from "../../store/store.ts";
import { resolveArtifact } from "../artifacts/resolve-artifact.ts";
import type { Session } from "../session.ts";
import {
  artifactPaths,
  listArtifacts,
  renderArtifact,
  renderArtifacts,
  renderCheck,
  showArtifact,
  verifyArtifacts,
} from "../view/report/artifact-report.ts";
import { renderLink, renderVerdict, verifyArtifactChain } from "../view/report/chain-report.ts";
import { renderGc } from "../view/report/gc-report.ts";
import { artifactLineage, renderLineage } from "../view/report/lineage-report.ts";

/** Words after `crisol artifacts`. */
export interface ArtifactsArguments {
  readonly action: string;
  readonly artifact?: string;
  readonly folder?: string;
  readonly file?: string;
}

/** `crisol artifacts list|show|path|export|verify`. */
export async function artifactsCommand(session: Session, given: ArtifactsArguments): Promise<void> {
  const store = await session.store();
  switch (given.action) {
    case "list": {
      const rows = await listArtifacts(store);
      return print(session, rows, renderArtifacts(rows));
    }
    case "show": {
      const details = await showArtifact(store, await named(store, given));
      return print(session, details, renderArtifact(details));
    }
    case "path": {
      const paths = await artifactPaths(store, await named(store, given), session.project, given.file);
      // a single path is for other programs: cat $(crisol artifacts path ...)
      const lines = paths.map(({ path, local }) => (given.file === undefined ? `${path}\t${local}` : local));
      return print(session, paths, lines.join("\n"));
    }
    case "export": {
      const { folder } = given;
      if (folder === undefined) throw missing("a folder to export into", "crisol artifacts export ARTIFACT FOLDER");
      const exported = await exportArtifact(store, await named(store, given), resolve(folder), session.project);
      return print(session, exported, `exported ${exported.files} file${exported.files === 1 ? "" : "s"} into ${exported.folder}`);
    }
    case "verify": {
      const check = await verifyArtifacts(store, given.artifact === undefined ? undefined : await named(store, given));
      if (check.damages.length > 0) process.exitCode = 1;
      return print(session, check, renderCheck(check));
    }
    default:
      throw missing(`a known action, not '${given.action}'`, "crisol artifacts list | show | path | export | verify");
  }
}

/** `crisol lineage`. */
export async function lineageCommand(session: Session, name: string): Promise<void> {
  const store = await session.store();
  const rows = await artifactLineage(store, (await resolveArtifact(store, name)).ref);
  print(session, rows, renderLineage(rows));
}

/** `crisol verify`: exits with 1 when a link is broken. */
export async function verifyCommand(session: Session, name: string): Promise<void> {
  const store = await session.store();
  const { ref, run } = await resolveArtifact(store, name);
  const report = await verifyArtifactChain(store, ref, run?.projectFolder ?? session.project, (link) =>
    session.terminal.line(renderLink(link)),
  );
  if (report.firstBroken !== undefined) process.exitCode = 1;
  print(session, report, renderVerdict(report));
}

/** `crisol gc`. */
export async function gcCommand(session: Session, options: { readonly dryRun?: boolean }): Promise<void> {
  const report = await gc(await session.store(), { dryRun: options.dryRun ?? false });
  print(session, report, renderGc(report));
}

function print(session: Session, value: unknown, text: string): void {
  session.terminal.value(value);
  session.terminal.line(text);
}

async function named(store: Store, { artifact, action }: ArtifactsArguments): Promise<ArtifactRef> {
  if (artifact === undefined) throw missing("an artifact", `crisol artifacts ${action} ARTIFACT`);
  return (await resolveArtifact(store, artifact)).ref;
}

function missing(what: string, usage: string): CrisolError {
  return new CrisolError({
    code: "COMMAND_INVALID",
    what: `the command needs ${what}`,
    where: "the command line",
    why: "nothing can be done without it",
    fix: `write: ${usage}`,
  });
}
