/** `npm run check`: set up, then everything that reads the code without running it. All of them run and report, each with how to fix it. */
import { spawn } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import { env, stdout } from "node:process";
import { PACKAGE_ROOT } from "../bin/find-node.mjs";
import { fail } from "./setup/failure.mjs";
import { environmentPython } from "./setup/python.mjs";
import { setUp } from "./setup.mjs";

const node = await setUp().catch(fail);
const python = environmentPython(PACKAGE_ROOT);

/** @typedef {{ name: string, command: string, args: string[], cwd?: string, fix: string }} Check */

/** @param {string} name @param {string[]} program its path in node_modules, and its arguments @param {string} fix @returns {Check} */
const npm = (name, [program = "", ...args], fix) => ({ name, command: node, args: [join("node_modules", program), ...args], fix });

/** @param {string} name @param {string[]} args @param {string} fix @returns {Check} */
const pip = (name, args, fix) => ({ name, command: python, args: ["-m", ...args], cwd: "trainer", fix });

/** @type {Check[]} */
const checks = [
  npm("biome", ["@biomejs/biome/bin/biome", "ci", "--colors=off"], "npx biome check --write"),
  npm("tsc", ["typescript/bin/tsc", "--noEmit", "--pretty", "false"], "fix the types: npx tsc --noEmit"),
  npm("knip", ["knip/bin/knip.js", "--no-progress"], "remove what is unused, or add its entry to knip.jsonc: npx knip"),
  npm("oxlint", ["oxlint/bin/oxlint", "--type-aware", "--quiet"], "fix what it reports: npx oxlint --type-aware"),
  { name: "generated files", command: node, args: [join("scripts", "generate", "main.ts"), "--check"], fix: "npm run generate" },
  { name: "lock", command: node, args: [join("scripts", "complete-lock.mjs"), "--check"], fix: "node scripts/complete-lock.mjs" },
  {
    name: "requirements",
    command: python,
    args: [join("trainer", "requirements_graph.py"), "--check"],
    fix: ".venv/bin/python trainer/requirements_graph.py",
  },
  pip("ruff", ["ruff", "check", "--quiet", "."], ".venv/bin/ruff check --fix trainer"),
  pip("ruff format", ["ruff", "format", "--check", "--quiet", "."], ".venv/bin/ruff format trainer"),
  pip("mypy", ["mypy", "--no-error-summary", "crisol_trainer"], "fix the types: (cd trainer && ../.venv/bin/mypy crisol_trainer)"),
];

/** @param {Check} check @returns {Promise<{ failed: boolean, output: string, seconds: string }>} */
function run({ command, args, cwd }) {
  const started = Date.now();
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: join(PACKAGE_ROOT, cwd ?? "."),
      env: { ...env, NO_COLOR: "1", PATH: `${dirname(node)}${delimiter}${env.PATH ?? ""}` },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
    const end = (/** @type {boolean} */ failed) =>
      resolve({ failed, output: output.trim(), seconds: `${((Date.now() - started) / 1000).toFixed(1)} s` });
    child.on("error", (error) => {
      output += error.message;
      end(true);
    });
    child.on("close", (code) => end(code !== 0));
  });
}

let failures = 0;
for (const [check, running] of checks.map((check) => /** @type {const} */ ([check, run(check)]))) {
  const { failed, output, seconds } = await running;
  if (failed) failures += 1;
  stdout.write(failed ? `\nFAILED ${check.name} (${seconds})\n${output}\n  fix: ${check.fix}\n\n` : `ok     ${check.name} (${seconds})\n`);
}
if (failures > 0) stdout.write(`${failures} of ${checks.length} checks failed\n`);
process.exitCode = failures === 0 ? 0 : 1;
