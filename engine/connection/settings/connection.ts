import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { CrisolError } from "../../../schemas/error.ts";
import type { Config, Pem, Tls } from "./define.ts";
import { secretText } from "./secret-text.ts";

/** What the SDK's `Connection.connect` and `NativeConnection.connect` both take. */
export interface ConnectionSettings {
  readonly address: string;
  readonly tls?: boolean | TlsFiles;
  readonly apiKey?: string;
  readonly metadata?: Record<string, string>;
}

interface TlsFiles {
  serverNameOverride?: string;
  serverRootCACertificate?: Buffer;
  clientCertPair?: { crt: Buffer; key: Buffer };
}

/**
 * How to connect to the server at an address; certificates and keys are used only for the configured address.
 *
 * @throws CrisolError CONFIG_INVALID for a missing API key, and for certificates that can't be read or used, all at once.
 */
export async function connectionSettings(config: Config, address: string): Promise<ConnectionSettings> {
  if (address !== config.address) return { address };
  const apiKey = typeof config.apiKey === "object" ? await secretText(config.apiKey, "apiKey") : config.apiKey;
  const { metadata, tls = apiKey !== undefined } = config;
  return {
    address,
    tls: typeof tls === "boolean" ? tls : await tlsFiles(tls),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

async function tlsFiles({ serverName, ca, certificate, key }: Tls): Promise<TlsFiles> {
  const problems: Problem[] = [];
  const authority = await readPem("ca", ca, certificateOf, problems);
  const own = await readPem("certificate", certificate, certificateOf, problems);
  const ownKey = await readPem("key", key, createPrivateKey, problems);
  if (own !== undefined && ownKey !== undefined && !own.parsed.checkPrivateKey(ownKey.parsed))
    problems.push({ what: "tls.key: not the key of tls.certificate", where: ownKey.where });
  if (own !== undefined && own.parsed.validToDate < new Date())
    problems.push({ what: `tls.certificate: expired on ${own.parsed.validToDate.toISOString().slice(0, 10)}`, where: own.where });
  if (problems.length > 0) throw invalid(problems);
  return {
    ...(serverName === undefined ? {} : { serverNameOverride: serverName }),
    ...(authority === undefined ? {} : { serverRootCACertificate: authority.bytes }),
    ...(own === undefined || ownKey === undefined ? {} : { clientCertPair: { crt: own.bytes, key: ownKey.bytes } }),
  };
}

interface Problem {
  readonly what: string;
  readonly where: string;
}

interface ReadPem<T extends X509Certificate | KeyObject> {
  readonly bytes: Buffer;
  readonly parsed: T;
  readonly where: string;
}

async function readPem<T extends X509Certificate | KeyObject>(
  name: "ca" | "certificate" | "key",
  pem: Pem | undefined,
  parse: (bytes: Buffer) => T,
  problems: Problem[],
): Promise<ReadPem<T> | undefined> {
  if (pem === undefined) return undefined;
  const where = typeof pem === "string" ? pem : `the text of tls.${name}`;
  try {
    const bytes = typeof pem === "string" ? await readFile(pem) : Buffer.from(pem.data);
    return { bytes, parsed: parse(bytes), where };
  } catch (error) {
    problems.push({ what: `tls.${name}: ${error instanceof Error ? error.message : String(error)}`, where });
    return undefined;
  }
}

function certificateOf(bytes: Buffer): X509Certificate {
  return new X509Certificate(bytes);
}

function invalid(problems: readonly Problem[]): CrisolError {
  return new CrisolError({
    code: "CONFIG_INVALID",
    what: problems.map(({ what }) => what).join("\n"),
    where: problems.map(({ where }) => where).join("\n"),
    why: "the connection to the Temporal server is encrypted with these files",
    fix: "correct `tls` in temporal.config.ts, or TEMPORAL_TLS_*: PEM files without a passphrase, with paths relative to the working directory",
  });
}
