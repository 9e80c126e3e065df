/**
 * `npm start`: set up, build the quickstart's language model, and generate text with it.
 *
 * `npm start -- --set steps=500` passes its arguments on to `crisol run`.
 */
import { join } from "node:path";
import { argv } from "node:process";
import { PACKAGE_ROOT } from "../bin/find-node.mjs";
import { runProgram } from "../bin/run-program.mjs";
import { fail } from "./setup/failure.mjs";
import { setUp } from "./setup.mjs";

const node = await setUp().catch(fail);
const crisol = join(PACKAGE_ROOT, "bin", "crisol.mjs");
const given = argv.slice(2);
process.exitCode = await runProgram(node, [crisol, "run", join("pipelines", "quickstart.ts"), ...given], { cwd: PACKAGE_ROOT });
if (process.exitCode === 0 && !given.includes("--json") && !given.includes("--detach")) {
  const home = given.includes("--home") ? ["--home", given[given.indexOf("--home") + 1] ?? ""] : [];
  console.log('\nnpx crisol generate quickstart --prompt "Fellow citizens" --max-tokens 60 --seed 1');
  const prompt = ["--prompt", "Fellow citizens", "--max-tokens", "60", "--seed", "1"];
  process.exitCode = await runProgram(node, [crisol, "generate", "quickstart", ...prompt, ...home], { cwd: PACKAGE_ROOT });
}
