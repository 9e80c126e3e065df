import { mkdir, rename, writeFile } from "node:fs/promises";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Part, StageContext, StageOutcome } from "../../../dsl/context.ts";
import { checkExternals } from "../../../planner/code/packages/check-externals.ts";
import { CodePackage } from "../../../schemas/code-package.ts";
import { type Digest, shortDigest } from "../../../schemas/digest.ts";
import { CrisolError } from "../../../schemas/error.ts";
import type { JsonObject } from "../../../schemas/json.ts";
import type { Store } from "../../../store/store.ts";
import { discard, uniqueName } from "../../../system/files/durable-file.ts";
import { crisolFolder } from "../../../system/package-folder.ts";
import type { Job } from "../protocol.ts";

/** What a code package exports; `reduce` if its stage is mapped and has one. */
export interface StageCode {
  readonly run: (context: StageContext, params: JsonObject) => Promise<StageOutcome | undefined>;
  readonly reduce?: (context: StageContext, parts: readonly Part[], params: JsonObject) => Promise<StageOutcome | undefined>;
}

/** Where packages with native parts are looked up: crisol's folder and the project's, wherever the code package itself is. */
let roots: readonly string[] = [crisolFolder];

registerHooks({
  resolve(specifier, context, next) {
    if (!context.parentURL?.includes("/crisol-code/") || specifier.startsWith("node:") || /^[./]/.test(specifier))
      return next(specifier, context);
    for (const root of roots) {
      try {
        return next(specifier, { ...context, parentURL: pathToFileURL(join(root, "package.json")).href });
      } catch {
        // not found: the next root may have it
      }
    }
    return next(specifier, context);
  },
});

/** Code packages that this host has loaded; a digest always stands for the same code. */
const loaded = new Map<Digest, Promise<StageCode>>();

/** Load a node's code package by its digest, verified, and return the functions it exports. */
export function loadCode(store: Store, job: Job): Promise<StageCode> {
  // only for the current job: another project may have other versions
  roots = [crisolFolder, job.project];
  const known = loaded.get(job.node.code);
  if (known !== undefined) return known;
  const run = load(store, job);
  loaded.set(job.node.code, run);
  run.catch(() => loaded.delete(job.node.code));
  return run;
}

async function load(store: Store, job: Job): Promise<StageCode> {
  const made = CodePackage.parse(JSON.parse(Buffer.from(await store.blobs.readAll(job.node.code)).toString("utf8")));
  const differing = checkExternals(made, roots);
  if (differing.length > 0) throw notAsPlanned(job, differing);
  const { bundle } = made;
  const file = join(job.codeFolder, `${bundle}.mjs`);
  const source = await store.blobs.readAll(bundle);
  await mkdir(job.codeFolder, { recursive: true });
  const draft = `${file}.${uniqueName()}`;
  try {
    await writeFile(draft, source);
    await rename(draft, file);
  } catch (error) {
    await discard(draft);
    throw error;
  }
  const url = pathToFileURL(file);
  // the same text that imports other versions is a different module
  if (made.imports.length > 0) url.search = job.node.code;
  const module: unknown = await import(url.href);
  if (typeof module === "object" && module !== null && "run" in module && typeof module.run === "function") return module as StageCode;
  throw new CrisolError({
    code: "STAGE_FAILED",
    what: "the code package does not export a function `run`",
    where: `stage ${job.node.name} (${job.node.stage}), package ${shortDigest(job.node.code)}`,
    why: "there is nothing to run",
    fix: "export `run` from the stage's module",
  });
}

function notAsPlanned(job: Job, differing: readonly string[]): CrisolError {
  return new CrisolError({
    code: "ENVIRONMENT",
    what: "packages that the stage needs are not installed as they were when it was planned",
    where: `stage ${job.node.name}: ${differing.join("; ")}`,
    why: "other versions may give a result other than the one the stage's key stands for",
    fix: "install what the lock file says (`npm ci`); to continue with other versions, plan and run again",
  });
}
