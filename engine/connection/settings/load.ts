import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { CrisolError } from "../../../schemas/error.ts";
import { Config } from "./define.ts";
import { environmentSettings } from "./environment.ts";

const FILE = "temporal.config.ts";
/** Credentials: they are only for the server that they were written for. */
const credentials = ["tls", "apiKey", "metadata"];

/** The settings in force, and where each comes from. */
export interface Settings {
  readonly config: Config;
  /** File, variable or profile, for each setting that is not a default. */
  readonly sources: { readonly [setting: string]: string };
  /** Temporal's variables that crisol does not use. */
  readonly unused: readonly string[];
}

/** The settings of the project in a folder. @see loadSettings */
export async function loadConfig(project: string, environment: NodeJS.ProcessEnv = process.env): Promise<Config> {
  return (await loadSettings(project, environment)).config;
}

/**
 * The settings of the project in a folder: `temporal.config.ts`, overridden by the TEMPORAL_* variables of the environment.
 *
 * If the environment names another address than the file, the file's TLS settings, headers and API key are ignored.
 *
 * @throws CrisolError CONFIG_INVALID, with everything that is wrong.
 */
export async function loadSettings(project: string, environment: NodeJS.ProcessEnv = process.env): Promise<Settings> {
  const path = join(project, FILE);
  const written = existsSync(path) ? await importDefault(path) : {};
  const { values, sources, unused, problems } = await environmentSettings(environment);
  const elsewhere = values.address !== undefined && "address" in written && written.address !== values.address;
  const inFile = Object.entries(written).filter(([name, value]) => value !== undefined && !(elsewhere && credentials.includes(name)));
  const from: Settings["sources"] = { ...Object.fromEntries(inFile.map(([name]) => [name, FILE])), ...sources };
  const parsed = Config.safeParse({ ...Object.fromEntries(inFile), ...values });
  if (parsed.success && problems.length === 0) return { config: parsed.data, sources: from, unused };
  const wrong = [
    ...problems.map((what) => ({ what, inFile: false })),
    ...(parsed.error?.issues ?? []).map(({ path: at, message }) => {
      const source = from[String(at[0])] ?? FILE;
      const setting = at.join(".") || "the default export";
      return { what: `${setting}${source === FILE ? "" : ` (${source})`}: ${message}`, inFile: source === FILE };
    }),
  ];
  const places = [
    ...(wrong.some(({ inFile }) => inFile) ? [path] : []),
    ...(wrong.every(({ inFile }) => inFile) ? [] : ["the TEMPORAL_ variables of the environment"]),
  ];
  throw invalid(wrong.map(({ what }) => what).join("\n"), places.join(" and "));
}

async function importDefault(path: string): Promise<object> {
  let module: unknown;
  try {
    module = await import(pathToFileURL(path).href);
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error), path, error);
  }
  if (!isObject(module) || !("default" in module)) throw invalid("the file has no default export", path);
  if (!isObject(module.default)) throw invalid("the default export: expected an object", path);
  return module.default;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function invalid(what: string, where: string, cause?: unknown): CrisolError {
  return new CrisolError(
    {
      code: "CONFIG_INVALID",
      what,
      where,
      why: "these settings say which Temporal server runs belong to, and who may read what it keeps",
      fix: where.endsWith(FILE)
        ? `correct them: export default defineConfig({ ... }), with defineConfig from "crisol/config"`
        : "correct them, or unset the variable; `crisol doctor` shows where each setting comes from",
    },
    { cause },
  );
}
