import { chmod, copyFile, mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Writable } from "node:stream";
import type { InputArtifact } from "../../../dsl/context.ts";
import { CodePackage } from "../../../schemas/code-package.ts";
import type { Digest } from "../../../schemas/digest.ts";
import type { JsonObject } from "../../../schemas/json.ts";
import type { CommandProcess } from "../../../stage-code/command-context.ts";
import type { Store } from "../../../store/store.ts";
import { layFiles } from "../../../system/files/lay-files.ts";
import { outputLines, readLines } from "../../../system/processes/output-lines.ts";
import { closeDrained, outputOf, signalGroup, spawnGroup } from "../../../system/processes/process-group.ts";
import { bounded } from "../../../system/text/bounded-text.ts";
import { commandEnded, commandStopped, noShell } from "./command-ends.ts";
import { findProgram } from "./find-program.ts";

/** Milliseconds that a stopped command gets after SIGTERM. */
const GRACE_MS = 5_000;
/** Lines of standard error that an error shows, and characters of each. */
const LAST = { lines: 20, characters: 400 };
/** The longest text, in characters, passed as an environment variable: Linux accepts none above 128 KiB. */
const LONGEST_VARIABLE = 100_000;

/** What is bound to a port of a stage. */
export interface BoundPort<I extends InputArtifact = InputArtifact> {
  readonly inputs: readonly I[];
  /** The same inputs, if the port takes a list. */
  readonly list?: readonly I[];
}

/** What is needed to start a command. */
export interface CommandJob {
  readonly store: Store;
  /** The stage's code package. */
  readonly code: Digest;
  readonly params: JsonObject;
  /** The inputs that it gets as folders of files. */
  readonly inputs: ReadonlyMap<string, BoundPort>;
  readonly project: string;
  readonly scratch: string;
  readonly signal: AbortSignal;
  /** The stage, for people. */
  readonly where: string;
  /** Called for each line of its standard error. */
  log(line: string): void;
}

/**
 * Start the command of a stage in its own folder, which holds its files, as they are in its code package, and its parameters.
 *
 * It lives no longer than this process; an abort sends SIGTERM to it and to everything it started, then SIGKILL.
 *
 * @throws CrisolError ENVIRONMENT when its program is not found, ARTIFACT_DAMAGED when its files are damaged.
 */
export async function startCommand(job: CommandJob): Promise<CommandProcess> {
  const { store, project, signal } = job;
  const { command } = CodePackage.parse(JSON.parse((await store.blobs.readAll(job.code)).toString("utf8")));
  if (command === undefined) throw new TypeError(`${job.where} runs no command`);
  const folder = await mkdtemp(join(job.scratch, "command-"));
  await layFiles(command.files, folder, async ({ sha256 }, target) => {
    await copyFile(await store.blobs.materialize(sha256), target);
    await chmod(target, 0o755);
  });
  const inputs: Record<string, string | string[]> = {};
  for (const [port, { inputs: members, list }] of job.inputs) {
    const [first = "", ...others] = await foldersOf(members);
    inputs[port] = list === undefined ? first : [first, ...others];
  }
  const params = JSON.stringify(job.params);
  await writeFile(join(folder, "params.json"), params);
  const [word = "", ...args] = command.words;
  const title = command.words.join(" ");
  const where = `${job.where}: ${title}`;
  const program = findProgram(word, { project, folder, where });
  signal.throwIfAborted();

  const started = spawnGroup(program, args, { cwd: folder, env: environment(params, inputs) });
  const { child, stdin, stdout, stderr } = started;
  const lastLines: string[] = [];
  const said = readLines(stderr, (printed) => {
    // the folder is gone when people read this: name its files as they are named beside the stage's module
    const line = printed.replaceAll(`${folder}/`, "");
    lastLines.push(bounded(line, LAST.characters));
    if (lastLines.length > LAST.lines) lastLines.shift();
    job.log(line);
  });
  const exited = new Promise<{ code: number | null; killer: NodeJS.Signals | null }>((resolve, reject) => {
    child.once("error", (cause) => reject(noShell(where, cause)));
    child.once("exit", (code, killer) => {
      signalGroup(child.pid, "SIGKILL");
      closeDrained(stderr);
      resolve({ code, killer });
    });
  });
  let killing: NodeJS.Timeout | undefined;
  const stop = () => {
    signalGroup(child.pid, "SIGTERM");
    killing = setTimeout(() => signalGroup(child.pid, "SIGKILL"), GRACE_MS).unref();
  };
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const ended = exited.then(async (end) => {
    signal.removeEventListener("abort", stop);
    clearTimeout(killing);
    await said;
    if (end.code === 0) return;
    throw signal.aborted ? commandStopped(where) : commandEnded(where, end, lastLines);
  });
  // the reader of its lines gets the error
  ended.catch(() => undefined);
  return {
    title,
    ended,
    lines: outputLines(outputOf(started), where, () => ended),
    write: writerTo(stdin),
    closeInput: () => stdin.end(),
    kill() {
      signalGroup(child.pid, "SIGKILL");
      stdout.destroy();
    },
  };
}

async function foldersOf(inputs: readonly InputArtifact[]): Promise<string[]> {
  const folders: string[] = [];
  for (const input of inputs) folders.push(await input.folder());
  return folders;
}

function environment(params: string, inputs: Readonly<Record<string, string | string[]>>): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...(params.length > LONGEST_VARIABLE ? {} : { CRISOL_PARAMS: params }),
    CRISOL_INPUTS: JSON.stringify(inputs),
    // the same texts and the same order on every machine
    PYTHONUTF8: "1",
    PYTHONHASHSEED: "0",
    PYTHONDONTWRITEBYTECODE: "1",
  };
}

/** A writer to a process that waits while there is no room; it returns false once the process has stopped reading. */
function writerTo(stdin: Writable): (text: string) => Promise<boolean> {
  // a process that stops reading breaks its pipe; its exit shows why
  stdin.on("error", () => undefined);
  return async (text) => {
    if (stdin.destroyed) return false;
    if (stdin.write(text)) return true;
    return new Promise((resolve) => {
      const settle = (hasRoom: boolean) => () => {
        stdin.off("drain", drained).off("close", closed);
        resolve(hasRoom);
      };
      const [drained, closed] = [settle(true), settle(false)];
      stdin.once("drain", drained).once("close", closed);
    });
  };
}
