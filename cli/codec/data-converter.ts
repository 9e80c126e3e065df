import type { DataConverter } from "@temporalio/common";
import type { CrisolError } from "../../schemas/error.ts";
import type { Config } from "../config/define.ts";
import { cliModule } from "../services/program-paths.ts";
import { AesGcmCodec } from "./aes-gcm.ts";
import { loadKeys } from "./keys.ts";

/**
 * How everything that crosses to the Temporal server is written and read, the same for clients, workers and replay.
 *
 * @param unreadable is told of a key whose payloads can't be read: a worker's own error goes to the server, where nobody looks
 * @throws CrisolError CONFIG_INVALID for a key that is not there
 */
export async function dataConverterOf(
  config: Pick<Config, "codec">,
  unreadable?: (error: CrisolError) => void,
): Promise<DataConverter & { readonly failureConverterPath?: string }> {
  const keys = await loadKeys(config);
  const payloadCodecs = [new AesGcmCodec(keys, unreadable)];
  return keys.writes === undefined ? { payloadCodecs } : { payloadCodecs, failureConverterPath: cliModule("codec/failure-converter") };
}
