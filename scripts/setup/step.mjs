/** Runs one program of set-up, reports that it is still running, and what it printed when it fails. */
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { SetupFailure } from "./failure.mjs";

const REPORT_EVERY_MS = 15_000;

/**
 * @param {string} title
 * @param {{
 *   command: string, args: string[], cwd: string, log: string, why: string, fix: string,
 *   env?: NodeJS.ProcessEnv, setChild?: (pid: number | undefined) => void,
 * }} step
 * @returns {Promise<void>}
 */
export async function runStep(title, { command, args, cwd, log, why, fix, env, setChild }) {
  console.error(`set-up: ${title} ...`);
  const started = Date.now();
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
  let output = "";
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  setChild?.(child.pid);
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const reporting = setInterval(() => console.error(`set-up: ${title}: ${seconds()} so far${lastLine(output)}`), REPORT_EVERY_MS);
  /** @type {{ code: number | null, signal: string | null, error?: Error }} */
  const end = await new Promise((resolve) => {
    child.on("error", (error) => resolve({ code: null, signal: null, error }));
    child.on("close", (code, signal) => resolve({ code, signal }));
  });
  clearInterval(reporting);
  setChild?.(undefined);
  mkdirSync(dirname(log), { recursive: true });
  writeFileSync(log, output);
  if (end.code === 0) {
    console.error(`set-up: ${title}: done in ${seconds()}`);
    return;
  }
  const tail = output.trimEnd().split("\n").slice(-12).join("\n         ");
  throw new SetupFailure({
    what: `${command} ${args.slice(0, 2).join(" ")} ${end.error?.message ?? `ended with ${end.signal ?? `exit code ${end.code}`}`}`,
    where: `${cwd}, its output is in ${log}${tail === "" ? "" : `:\n         ${tail}`}`,
    why,
    fix: `${fix}; then run the same command again: it continues from here`,
  });
}

/**
 * The last line that the program printed, except for warnings, which are in the log.
 *
 * @param {string} output
 */
function lastLine(output) {
  const lines = output.split("\n").map((text) => text.trim());
  const line = lines.filter((text) => text !== "" && !/^(npm )?warn/i.test(text)).at(-1) ?? "";
  if (line === "") return "";
  return `, ${line.length > 100 ? `${line.slice(0, 100)}...` : line}`;
}
