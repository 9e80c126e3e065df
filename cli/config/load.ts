import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { CrisolError } from "../../schemas/error.ts";
import { Config } from "./define.ts";

const FILE = "temporal.config.ts";

/**
 * The settings of the project in a folder: `temporal.config.ts`, and over it TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and TEMPORAL_API_KEY.
 *
 * @throws CrisolError CONFIG_INVALID, with everything that is wrong.
 */
export async function loadConfig(project: string, environment: NodeJS.ProcessEnv = process.env): Promise<Config> {
  const path = join(project, FILE);
  const written = existsSync(path) ? await importDefault(path) : {};
  const { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace, TEMPORAL_API_KEY: apiKey } = environment;
  const set = Object.fromEntries(Object.entries({ address, namespace, apiKey }).filter(([, value]) => value !== undefined && value !== ""));
  const parsed = Config.safeParse(isObject(written) ? { ...written, ...set } : written);
  if (parsed.success) return parsed.data;
  throw invalid(
    parsed.error.issues.map(({ path: at, message }) => `${at.join(".") || "the default export"}: ${message}`).join("\n"),
    Object.keys(set).length === 0 ? path : `${path} and the TEMPORAL_ variables of the environment`,
  );
}

async function importDefault(path: string): Promise<unknown> {
  let module: unknown;
  try {
    module = await import(pathToFileURL(path).href);
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error), path, error);
  }
  if (isObject(module) && "default" in module) return module.default;
  throw invalid("it has no default export", path);
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
      why: "these settings say which Temporal server runs belong to",
      fix: `correct them: export default defineConfig({ ... }), with defineConfig from "crisol/config"`,
    },
    { cause },
  );
}
