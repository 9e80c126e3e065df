import { randomUUID } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { z } from "zod";
import { ErrorData } from "../../schemas/run-state.ts";
import { unlessMissing } from "../../system/files/file-errors.ts";
import { ProcessIdentity } from "../../system/processes/process-identity.ts";
import type { Home } from "../home.ts";

/** A process that the supervisor keeps up. */
const KeptProcess = z.object({ process: ProcessIdentity, since: z.iso.datetime(), restarts: z.int().nonnegative() });

/**
 * The processes that run for a home, as its supervisor last wrote them; whether they are still alive must be checked with the system.
 *
 * `failed`: a service keeps ending, for the reason in `error`; the supervisor keeps trying unless it has itself ended.
 */
export const ServicesState = z.object({
  version: z.literal(1),
  phase: z.enum(["starting", "up", "failed", "stopping"]),
  supervisor: ProcessIdentity,
  started: z.iso.datetime(),
  address: z.string().optional(),
  namespace: z.string(),
  /** The server is external: its process is not ours. */
  external: z.boolean(),
  /** Digest of the settings that worker and commands must share. */
  settings: z.string().optional(),
  server: KeptProcess.optional(),
  worker: KeptProcess.optional(),
  error: ErrorData.optional(),
});
export type ServicesState = z.output<typeof ServicesState>;

/** What the supervisor last wrote; undefined if there is nothing, or nothing that this version understands. */
export async function readServices(home: Home): Promise<ServicesState | undefined> {
  const text = await unlessMissing(readFile(home.services, "utf8"));
  if (text === undefined) return undefined;
  try {
    return ServicesState.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Write the state atomically: a reader sees the old or the new one. It need not survive a power cut, since no process does. */
export async function writeServices(home: Home, state: ServicesState): Promise<void> {
  const draft = `${home.services}.${randomUUID()}`;
  try {
    await writeFile(draft, `${JSON.stringify(state, null, 2)}\n`);
    await rename(draft, home.services);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

export async function removeServices(home: Home): Promise<void> {
  await rm(home.services, { force: true });
}
