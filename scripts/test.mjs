/**
 * `npm test`: set up, then every test: vitest's projects, then the trainer's by pytest.
 *
 * With arguments, vitest alone runs and gets them: `npm test -- --project unit store`. With `--fast` it runs unit, property and type tests, but for those
 * that vitest.config.ts calls slow.
 */
import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { argv, env } from "node:process";
import { PACKAGE_ROOT } from "../bin/find-node.mjs";
import { runProgram } from "../bin/run-program.mjs";
import { fail } from "./setup/failure.mjs";
import { environmentPython } from "./setup/python.mjs";
import { setUp } from "./setup.mjs";

const node = await setUp().catch(fail);
const isFast = argv.includes("--fast");
const args = isFast ? ["--project", "unit", "--project", "property", "--project", "types"] : argv.slice(2);
const tier = isFast ? { TEST_TIER: "fast" } : {};
const options = { cwd: PACKAGE_ROOT, env: { ...env, ...tier, PATH: `${dirname(node)}${delimiter}${env.PATH ?? ""}` } };
const codes = [await runProgram(node, [join("node_modules", "vitest", "vitest.mjs"), "run", ...args], options)];
if (args.length === 0 && existsSync(join(PACKAGE_ROOT, "trainer", "tests"))) {
  codes.push(
    await runProgram(environmentPython(PACKAGE_ROOT), ["-m", "pytest", "-q", "tests"], { ...options, cwd: join(PACKAGE_ROOT, "trainer") }),
  );
}
process.exitCode = Math.max(...codes);
