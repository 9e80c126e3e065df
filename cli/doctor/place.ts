import { randomUUID } from "node:crypto";
import { constants, existsSync } from "node:fs";
import { access, rm, stat, statfs, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Home, homeFolders, prepareHome } from "../../engine/home.ts";
import { crisolFolder } from "../../system/package-folder.ts";
import { type Check, checking } from "./check.ts";

const GIB = 2 ** 30;
const LEAST_FREE_BYTES = 2 * GIB;
/** Seconds by which the clocks of process and disk may differ. */
const SKEW_SECONDS = 60;

/** Whether the home's disk and this machine's clock are fit for use. */
export async function checkPlace(home: Home): Promise<Check[]> {
  const folder = existingAbove(home.folder);
  const writable = await checking("home", "give this user write permission there, or choose another folder with --home", async () => {
    // nothing is created where crisol was never used
    if (folder === home.folder) await prepareHome(home);
    else await access(folder, constants.W_OK);
    return folder === home.folder ? `${folder} can be written` : `${home.folder} can be created`;
  });
  if (!writable.ok) return [writable];
  return [
    writable,
    await checking(
      "disk space",
      "free space on that disk (`crisol gc` deletes what no run needs), or choose another home with --home",
      async () => {
        const { place, bytes } = await fullest(folder, homeFolders(home).filter(existsSync));
        const free = `${(bytes / GIB).toFixed(1)} GiB free${place === folder ? "" : ` in ${place}`}`;
        if (bytes < LEAST_FREE_BYTES) throw new Error(`${free}, a run needs at least ${LEAST_FREE_BYTES / GIB} GiB`);
        return free;
      },
    ),
    await checking("clock", "set this machine's clock (and the file server's, if the home is on one) by NTP", async () => {
      const probe = join(folder, `.probe-${randomUUID()}`);
      await writeFile(probe, "");
      const onDisk = (await stat(probe)).mtimeMs;
      await rm(probe);
      const apart = Math.abs(Date.now() - onDisk) / 1000;
      if (apart > SKEW_SECONDS) throw new Error(`the clock of the home's disk is ${Math.round(apart)} s apart from this machine's`);
      const installed = (await stat(join(crisolFolder, "package.json"))).mtimeMs;
      if (Date.now() < installed - SKEW_SECONDS * 1000)
        throw new Error(`it shows a time before crisol was installed: ${new Date().toISOString()}`);
      return new Date().toISOString();
    }),
  ];
}

/** The fullest of the disks that hold a folder and those below it. */
async function fullest(folder: string, below: readonly string[]): Promise<{ readonly place: string; readonly bytes: number }> {
  const devices = new Map<number, string>();
  for (const place of [folder, ...below]) {
    const { dev } = await stat(place);
    if (!devices.has(dev)) devices.set(dev, place);
  }
  const disks = await Promise.all(
    [...devices.values()].map(async (place) => {
      const { bavail, bsize } = await statfs(place);
      return { place, bytes: bavail * bsize };
    }),
  );
  return disks.reduce((least, disk) => (disk.bytes < least.bytes ? disk : least));
}

function existingAbove(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : existingAbove(dirname(folder));
}
