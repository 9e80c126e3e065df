import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A user's project in a temporary folder, with its own home. */
export interface Project {
  readonly folder: string;
  readonly home: string;
  /** Run `crisol` there and wait until it ends. */
  crisol(...args: string[]): Promise<Ended>;
  /** Run it with variables of the environment set. */
  with(variables: { readonly [name: string]: string }, ...args: string[]): Promise<Ended>;
  /** Run `crisol` there with `--json` and return the values it printed. */
  json(...args: string[]): Promise<{ readonly code: number | null; readonly values: readonly Record<string, unknown>[] }>;
  /** Write files into it. */
  write(files: { readonly [path: string]: string | Uint8Array }): Promise<void>;
  /** Stop its services and delete it. */
  remove(): Promise<void>;
}

/**
 * Create a project in which `crisol` resolves to this repository, as an installed package would.
 *
 * @param checkout another folder with crisol's code
 */
export async function makeProject(files: { readonly [path: string]: string | Uint8Array }, checkout: string = root): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), "crisol-e2e-"));
  const home = join(folder, ".crisol");
  await mkdir(join(folder, "node_modules"));
  await symlink(checkout, join(folder, "node_modules", "crisol"), "dir");
  const write: Project["write"] = async (contents) => {
    for (const [path, content] of Object.entries(contents)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    }
  };
  await write({ "package.json": '{ "type": "module", "private": true }\n', ...files });
  const crisol: Project["crisol"] = (...args) => runCrisol(checkout, args, { cwd: folder });
  return {
    folder,
    home,
    write,
    crisol,
    with: (variables, ...args) => runCrisol(checkout, args, { cwd: folder, variables }),
    async json(...args) {
      const { code, stdout } = await crisol(...args, "--json");
      const lines = stdout.split("\n").filter((line) => line !== "");
      return { code, values: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
    },
    async remove() {
      await crisol("down");
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function runCrisol(
  checkout: string,
  args: readonly string[],
  { cwd, variables = {} }: { readonly cwd: string; readonly variables?: NodeJS.ProcessEnv },
): Promise<Ended> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(VITEST|CRISOL_|NODE_ENV)/.test(name));
  const env = { ...Object.fromEntries(inherited), NO_COLOR: "1", ...variables };
  const child = spawn(process.execPath, [join(checkout, "bin/crisol.mjs"), ...args], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}
