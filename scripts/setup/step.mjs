/** Runs one program of set-up, telling that it is still at work, and what it said when it fails. */
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { SetupFailure } from "./failure.mjs";

const TELL_EVERY = 15_000;

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
  const telling = setInterval(() => console.error(`set-up: ${title}: ${seconds()} so far${lastLine(output)}`), TELL_EVERY);
  /** @type {{ code: number | null, signal: string | null, error?: Error }} */
  const end = await new Promise((resolve) => {
    child.on("error", (error) => resolve({ code: null, signal: null, error }));
    child.on("close", (code, signal) => resolve({ code, signal }));
  });
  clearInterval(telling);
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
    where: `${cwd}, all it said is in ${log}${tail === "" ? "" : `:\n         ${tail}`}`,
    why,
    fix: `${fix}; then give the same command again, it goes on from here`,
  });
}

/**
 * What the program said last, but for warnings, which are in the log.
 *
 * @param {string} output
 */
function lastLine(output) {
  const lines = output.split("\n").map((text) => text.trim());
  const line = lines.filter((text) => text !== "" && !/^(npm )?warn/i.test(text)).at(-1) ?? "";
  if (line === "") return "";
  return `, ${line.length > 100 ? `${line.slice(0, 100)}...` : line}`;
}
