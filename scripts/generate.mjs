/** `npm run generate`: set up, then write what is generated from the zod schemas: schemas/json, and the trainer's configurations. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { argv } from "node:process";
import { PACKAGE_ROOT } from "../bin/find-node.mjs";
import { fail } from "./setup/failure.mjs";
import { setUp } from "./setup.mjs";

const node = await setUp().catch(fail);
const { status } = spawnSync(node, [join("scripts", "generate", "main.ts"), ...argv.slice(2)], { cwd: PACKAGE_ROOT, stdio: "inherit" });
process.exitCode = status ?? 1;
