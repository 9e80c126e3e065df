import { readFile } from "node:fs/promises";
import { CrisolError } from "../../schemas/error.ts";
import type { Config } from "./define.ts";

/** What the SDK's `Connection.connect` and `NativeConnection.connect` both take. */
export interface ConnectionSettings {
  readonly address: string;
  readonly tls?: boolean | TlsFiles;
  readonly apiKey?: string;
}

interface TlsFiles {
  serverNameOverride?: string;
  serverRootCACertificate?: Buffer;
  clientCertPair?: { crt: Buffer; key: Buffer };
}

/**
 * How to connect to the server at an address; certificates and keys are for the configured address alone.
 *
 * @throws CrisolError CONFIG_INVALID for a certificate that can't be read, or one without its key.
 */
export async function connectionSettings(config: Config, address: string): Promise<ConnectionSettings> {
  if (address !== config.address) return { address };
  const { apiKey, tls = apiKey !== undefined } = config;
  return { address, tls: typeof tls === "boolean" ? tls : await tlsFiles(tls), ...(apiKey === undefined ? {} : { apiKey }) };
}

async function tlsFiles({ serverName, ca, certificate, key }: Exclude<Config["tls"], boolean | undefined>): Promise<TlsFiles> {
  if ((certificate === undefined) !== (key === undefined)) throw invalid("tls: certificate and key go together", "temporal.config.ts");
  return {
    ...(serverName === undefined ? {} : { serverNameOverride: serverName }),
    ...(ca === undefined ? {} : { serverRootCACertificate: await readPem(ca) }),
    ...(certificate === undefined || key === undefined
      ? {}
      : { clientCertPair: { crt: await readPem(certificate), key: await readPem(key) } }),
  };
}

async function readPem(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error), path);
  }
}

function invalid(what: string, where: string): CrisolError {
  return new CrisolError({
    code: "CONFIG_INVALID",
    what,
    where,
    why: "the connection to the Temporal server is encrypted with it",
    fix: "correct `tls` in temporal.config.ts; its paths are relative to the working directory",
  });
}
