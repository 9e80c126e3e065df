import { digestOf } from "../../schemas/hash.ts";
import { loadKeys } from "../connection/codec/keys.ts";
import { connectionSettings } from "../connection/settings/connection.ts";
import type { Config } from "../connection/settings/define.ts";

/**
 * The digest of the settings that a command and the worker must share to understand each other: certificates, API key, codec keys, task queue.
 *
 * @throws CrisolError CONFIG_INVALID for any of these that is missing or can't be used
 */
export async function settingsDigest(config: Config): Promise<string> {
  const connection = config.address === undefined ? undefined : await connectionSettings(config, config.address);
  const { writes, reads } = await loadKeys(config);
  const keys = [...reads].map(([id, key]) => [id, key.export().toString("base64")]);
  return digestOf(JSON.stringify({ connection, writes: writes?.id, keys, taskQueue: config.taskQueue }));
}
