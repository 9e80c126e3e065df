import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../../", import.meta.url));
const code = [
  "activities",
  "bin",
  "chaos",
  "cli",
  "dsl",
  "engine",
  "inference",
  "planner",
  "schemas",
  "scripts",
  "stage-code",
  "store",
  "system",
  "trainer",
  "workflows",
  "package.json",
];
const installed = ["node_modules", ".venv", ".toolchain"];

/** A copy of this repository's code that can be altered: another version of crisol. */
export interface Checkout {
  readonly folder: string;
  /** Replace a text in one of its files; it must be there. */
  alter(file: string, from: string, to: string): Promise<void>;
  /** Restore a file's text. */
  restore(file: string): Promise<void>;
  remove(): Promise<void>;
}

/** Copy crisol's code into a temporary folder, with the packages installed here. */
export async function copyCheckout(): Promise<Checkout> {
  const folder = await mkdtemp(join(tmpdir(), "crisol-checkout-"));
  // with what is compiled of the unaltered code, if anything is yet; by `cp`, which takes a tenth of the time of Node's
  const copied = [...code, ".cache/node", ".cache/workflows"].filter((name) => existsSync(join(root, name)));
  await promisify(execFile)("cp", ["-r", "--parents", ...copied, folder], { cwd: root });
  for (const name of installed) await symlink(join(root, name), join(folder, name));
  return {
    folder,
    async alter(file, from, to) {
      const text = await readFile(join(folder, file), "utf8");
      if (!text.includes(from)) throw new Error(`${file} has no '${from}'`);
      await writeFile(join(folder, file), text.replace(from, to));
    },
    restore: (file) => cp(join(root, file), join(folder, file)),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
