/** `npm start`: set up, then build the quickstart's language model; `npm start -- --set steps=500` passes its arguments on to `crisol run`. */
import { join } from "node:path";
import { argv } from "node:process";
import { PACKAGE_ROOT } from "../bin/find-node.mjs";
import { runProgram } from "../bin/run-program.mjs";
import { fail } from "./setup/failure.mjs";
import { setUp } from "./setup.mjs";

const node = await setUp().catch(fail);
const crisol = join(PACKAGE_ROOT, "bin", "crisol.mjs");
process.exitCode = await runProgram(node, [crisol, "run", join("pipelines", "quickstart.ts"), ...argv.slice(2)], { cwd: PACKAGE_ROOT });
