import { CODE_PACKAGE_VERSION } from "../../schemas/code-package.ts";
import { digestOf } from "../../schemas/hash.ts";
import { PLAN_FORM } from "../../schemas/plan.ts";
import { loadKeys } from "../connection/codec/keys.ts";
import { connectionSettings } from "../connection/settings/connection.ts";
import type { Config } from "../connection/settings/define.ts";

/**
 * The digest of what a command and the worker must share to understand each other: certificates, API key, codec keys, task queue, and the forms of
 * code packages and plans. So services that an earlier version of crisol started are restarted by the first command that needs them.
 *
 * @throws CrisolError CONFIG_INVALID for any of these that is missing or can't be used
 */
export async function settingsDigest(config: Config): Promise<string> {
  const connection = config.address === undefined ? undefined : await connectionSettings(config, config.address);
  const { writes, reads } = await loadKeys(config);
  const keys = [...reads].map(([id, key]) => [id, key.export().toString("base64")]);
  return digestOf(
    JSON.stringify({
      connection,
      writes: writes?.id,
      keys,
      taskQueue: config.taskQueue,
      codePackages: CODE_PACKAGE_VERSION,
      plans: PLAN_FORM,
    }),
  );
}
