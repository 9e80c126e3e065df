import type { DataConverter } from "@temporalio/common";
import type { CrisolError } from "../../../schemas/error.ts";
import { ownModule } from "../../../system/package-folder.ts";
import type { Config } from "../settings/define.ts";
import { AesGcmCodec } from "./aes-gcm.ts";
import { loadKeys } from "./keys.ts";

/**
 * How everything that is exchanged with the Temporal server is written and read; the same for clients, workers and replay.
 *
 * @param unreadable is called for a key whose payloads can't be read: a worker's error goes to the server, where it would go unnoticed
 * @throws CrisolError CONFIG_INVALID for a key that is missing
 */
export async function dataConverterOf(
  config: Pick<Config, "codec">,
  unreadable?: (error: CrisolError) => void,
): Promise<DataConverter & { readonly failureConverterPath?: string }> {
  const keys = await loadKeys(config);
  const payloadCodecs = [new AesGcmCodec(keys, unreadable)];
  return keys.writes === undefined
    ? { payloadCodecs }
    : { payloadCodecs, failureConverterPath: ownModule("engine/connection/codec/failure-converter") };
}
