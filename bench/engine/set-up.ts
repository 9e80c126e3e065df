import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execute } from "./command.ts";
import type { Peer } from "./peer.ts";

/** Install a peer's packages below the cache folder, unless exactly these are installed; returns the folder of its programs. */
export async function setUp({ name, packages }: Peer, cache: string): Promise<string | undefined> {
  if (packages === undefined) return undefined;
  const wanted = "pip" in packages ? packages.pip : packages.npm;
  const folder = join(cache, `${name}-${wanted.map((spec) => spec.replace(/[^\w.]+/g, "_")).join("-")}`);
  const programs = "pip" in packages ? join(folder, "bin") : join(folder, "node_modules", ".bin");
  if (existsSync(join(folder, "installed"))) return programs;
  console.log(`installing ${wanted.join(" ")}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  if ("pip" in packages) {
    await execute({ argv: ["python3", "-m", "venv", folder], cwd: cache });
    await execute({ argv: [join(programs, "pip"), "install", "--quiet", ...wanted], cwd: folder });
  } else {
    await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
    await execute({ argv: ["npm", "install", "--no-audit", "--no-fund", "--save-exact", ...wanted], cwd: folder });
  }
  await writeFile(join(folder, "installed"), "");
  return programs;
}
