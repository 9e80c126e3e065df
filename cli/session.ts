import { resolve } from "node:path";
import type { Command } from "commander";
import type { Config } from "../engine/connection/settings/define.ts";
import { homeAt } from "../engine/home.ts";
import type { EngineSession } from "../engine/session.ts";
import { CrisolError } from "../schemas/error.ts";
import type { Json, JsonObject } from "../schemas/json.ts";
import type { Store } from "../store/store.ts";
import { openTerminal, type Terminal } from "./view/terminal.ts";

/** What every command works with: the home, the project's folder, the terminal. */
export interface Session extends EngineSession {
  readonly terminal: Terminal;
}

/** Options that every command has. */
interface GlobalOptions {
  readonly home?: string;
  readonly json?: boolean;
}

/** The session that a command's options ask for. */
export function sessionOf(command: Command): Session {
  const options = command.optsWithGlobals<GlobalOptions>();
  const home = homeAt(resolve(options.home ?? process.env.CRISOL_HOME ?? ".crisol"));
  const project = process.cwd();
  let store: Promise<Store> | undefined;
  let config: Promise<Config> | undefined;
  return {
    home,
    project,
    terminal: openTerminal({ json: options.json ?? false }),
    store: () => {
      // loaded on demand: `crisol --help` needs neither
      store ??= import("../store/store.ts").then(({ openStore }) => openStore({ directory: home.store }));
      return store;
    },
    config: () => {
      config ??= import("../engine/connection/settings/load.ts").then(({ loadConfig }) => loadConfig(project));
      return config;
    },
  };
}

/** Parameters from `--set name=value`, where a value is JSON if it parses as such, else text; `a.b=1` sets a member. */
export function parameters(assignments: readonly string[]): JsonObject {
  const params: JsonObject = {};
  for (const assignment of assignments) {
    const equals = assignment.indexOf("=");
    if (equals < 1) throw badAssignment(assignment);
    // the form used in files; some terminals write ñ as n and a combining mark
    const path = assignment.slice(0, equals).normalize("NFC").split(".");
    assign(params, path, parsedValue(assignment.slice(equals + 1)), assignment);
  }
  return params;
}

function assign(target: JsonObject, [name = "", ...rest]: readonly string[], value: Json, assignment: string): void {
  if (name === "" || name === "__proto__") throw badAssignment(assignment);
  if (rest.length === 0) {
    target[name] = value;
    return;
  }
  const member = target[name] ?? {};
  if (typeof member !== "object" || member === null || Array.isArray(member)) throw badAssignment(assignment);
  target[name] = member;
  assign(member, rest, value, assignment);
}

function parsedValue(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

function badAssignment(assignment: string): CrisolError {
  return new CrisolError({
    code: "COMMAND_INVALID",
    what: `--set ${assignment} is no assignment`,
    where: "the command line",
    why: "a parameter needs a name and a value",
    fix: "write --set name=value, for example --set steps=500",
  });
}
