/** Whole commands, as a user gives them: started, timed from start to end, and killed with all that they started. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

/** A program, its arguments, and where it runs. */
export interface Command {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** A running command, in its own process group. */
export interface Launched {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  /** Its output so far. */
  readonly said: () => string;
  /** Its exit code, when it has ended. */
  readonly ended: Promise<number | null>;
}

export function launch({ argv, cwd, env }: Command): Launched {
  const [program = "", ...args] = argv;
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"], detached: true });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  }
  const ended = new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  // reported to the caller that awaits it
  ended.catch(() => undefined);
  return { process: child, said: () => text, ended };
}

/** Run a command to its end, and return its output. An exit code other than 0 is an error. */
export async function execute(command: Command): Promise<string> {
  const { ended, said } = launch(command);
  const code = await ended;
  if (code !== 0) throw new Error(`${command.argv.join(" ")}\nexited with ${code} in ${command.cwd}:\n${said().slice(-3000)}`);
  return said();
}

/** Kill a launched command, and all of its process group, by SIGKILL. */
export async function kill({ process: child, ended }: Launched): Promise<void> {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  } catch {
    // it has ended
  }
  // a process outside the group may hold its output open
  for (const stream of [child.stdout, child.stderr]) stream.destroy();
  await ended;
}

/** Seconds from a command's start to its end. */
export async function secondsOf(command: Command): Promise<number> {
  const from = performance.now();
  await execute(command);
  return (performance.now() - from) / 1000;
}

/** Wait until a port of this machine accepts connections. */
export async function untilListening(port: number): Promise<void> {
  await until(`something listens on port ${port}`, async () => {
    const socket = connect(port, "127.0.0.1");
    try {
      await once(socket, "connect");
      return true;
    } catch {
      return false;
    } finally {
      socket.destroy();
    }
  });
}

/** Wait until a file has a line. */
export function untilLine(file: string, line: string): Promise<void> {
  return until(`${file} has the line "${line}"`, async () => existsSync(file) && readFileSync(file, "utf8").split("\n").includes(line));
}

async function until(what: string, happened: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 120_000; !(await happened()); await sleep(20)) {
    if (Date.now() > deadline) throw new Error(`after two minutes still not: ${what}`);
  }
}
