import { connectionSettings } from "../config/connection.ts";
import { loadConfig } from "../config/load.ts";
import { unreachable } from "../services/unreachable.ts";

/** Errors of the SDK that say that the server did not answer, or not well. */
const ofConnection = ["TransportError", "ServiceError"];

/** What ended a worker while it came up: that its server can't be used, and why; anything else as it is. */
export async function unreached(address: string, error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !ofConnection.includes(error.name)) return error;
  return unreachable(await connectionSettings(await loadConfig(process.cwd()), address), error.message, error);
}
