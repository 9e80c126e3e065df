import { constants } from "node:fs";
import { copyFile, mkdtemp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Checkpoints } from "../../../dsl/context.ts";
import { canonicalJson } from "../../../schemas/canonical-json.ts";
import { Digest } from "../../../schemas/digest.ts";
import { isCrisolError } from "../../../schemas/error.ts";
import type { JsonObject } from "../../../schemas/json.ts";
import type { Store } from "../../../store/store.ts";
import { filesBelow, layFiles } from "../../../system/files/lay-files.ts";

/** The file that holds a state that is a value. */
const valueFile = "value.json";
/** How many states of a stage are kept: the newest, and the one before in case it is damaged. */
const KEPT = 2;

const Saved = z.object({ step: z.int().nonnegative(), files: z.array(z.object({ path: z.string(), bytes: z.int(), sha256: Digest })) });
type Saved = z.output<typeof Saved>;
const CheckpointHead = z.object({ saved: z.array(Saved) });
const noneSaved = { saved: [] };

/** The name of the head that points to a stage's saved states. */
export function checkpointHead(key: Digest): string {
  return `checkpoints/${key}`;
}

/** Forget the saved states of a key: an attempt that is at work on it can no longer save any, and the next one starts over. */
export async function forgetCheckpoints({ heads }: Store, key: Digest): Promise<void> {
  const name = checkpointHead(key);
  if ((await heads.get(name)) === undefined) return;
  const { attempt } = await heads.fence(name, noneSaved);
  await heads.set(name, noneSaved, { attempt });
}

/** The step of the newest saved state of a key; undefined when there is none. */
export async function lastCheckpointStep(store: Store, key: Digest): Promise<number | undefined> {
  const head = await store.heads.get(checkpointHead(key));
  return head === undefined ? undefined : CheckpointHead.parse(head.value).saved[0]?.step;
}

/**
 * The saved states of one stage, under its key.
 *
 * An attempt takes a fence at its first call; a later attempt's is higher, so a zombie of an earlier one can no longer publish anything.
 */
export function stageCheckpoints(options: {
  readonly store: Store;
  readonly key: Digest;
  /** Where states are put. */
  readonly folders: { readonly scratch: string };
  readonly saved: (step: number) => void;
  readonly damaged: (message: string) => void;
}): Checkpoints {
  const { store, key, folders } = options;
  const name = checkpointHead(key);
  let held: Promise<{ readonly fence: number; saved: readonly Saved[] }> | undefined;
  const hold = async () => {
    const { value, attempt } = await store.heads.fence(name, noneSaved);
    return { fence: attempt, saved: CheckpointHead.parse(value).saved };
  };
  const take = () => {
    held ??= hold();
    return held;
  };

  return {
    async save(state, step) {
      const mine = await take();
      const files = typeof state === "string" ? await putFolder(store, state) : [await putValue(store, state)];
      const saved = [{ step, files }, ...mine.saved.filter((earlier) => earlier.step < step)].slice(0, KEPT);
      await store.heads.set(name, { saved }, { attempt: mine.fence });
      mine.saved = saved;
      options.saved(step);
    },
    async load() {
      for (const saved of (await take()).saved) {
        const folder = await mkdtemp(join(folders.scratch, "checkpoint-"));
        try {
          await layFiles(saved.files, folder, async ({ sha256 }, target) =>
            copyFile(await store.blobs.materialize(sha256), target, constants.COPYFILE_FICLONE),
          );
          const [only] = saved.files;
          if (only?.path !== valueFile || saved.files.length > 1) return { folder, step: saved.step };
          return { folder, step: saved.step, value: JSON.parse(await readFile(join(folder, valueFile), "utf8")) };
        } catch (error) {
          if (!isCrisolError(error) || error.parts.code !== "ARTIFACT_DAMAGED") throw error;
          options.damaged(`checkpoint of step ${saved.step} is damaged (${error.parts.what}): going back to the one before`);
        }
      }
      return undefined;
    },
  };
}

async function putFolder({ blobs }: Store, folder: string): Promise<Saved["files"]> {
  const files: Saved["files"] = [];
  for (const path of await filesBelow(folder)) files.push({ path, ...(await blobs.putFile(join(folder, path))) });
  return files;
}

async function putValue({ blobs }: Store, value: JsonObject): Promise<Saved["files"][number]> {
  return { path: valueFile, ...(await blobs.put(canonicalJson(value))) };
}
