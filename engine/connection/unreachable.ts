import { CrisolError } from "../../schemas/error.ts";
import { askServer } from "./server-health.ts";
import type { ConnectionSettings } from "./settings/connection.ts";
import { type Probed, probe } from "./tls-probe.ts";

const PATIENCE_MS = 5_000;
/** Errors that may pass: a server that is coming up, a name that is being looked up. */
const passing = ["ETIMEDOUT", "ECONNREFUSED", "ECONNRESET", "EPIPE", "EAI_AGAIN", "CLOSED"];

/**
 * Make sure that a server answers within `patienceMs` milliseconds; a refusal in the TLS handshake is reported at once.
 *
 * @throws CrisolError SERVER_UNREACHABLE, with the reason
 */
export async function needServer(settings: ConnectionSettings, patienceMs: number): Promise<void> {
  const probed = await probe(settings, PATIENCE_MS);
  if (!probed.answers && !passing.includes(probed.code)) throw await unreachable(settings, probed.message);
  const health = await askServer(settings, patienceMs);
  if (!health.ok) throw await unreachable(settings, health.reason);
}

/**
 * Why a server can't be used and what to do, from its TLS handshake.
 *
 * @param said the SDK client's message: in most cases that it timed out
 */
export async function unreachable(settings: ConnectionSettings, said: string, cause?: unknown): Promise<CrisolError> {
  const probed = await probe(settings, PATIENCE_MS);
  const speaksTls = !settings.tls && !probed.answers && isTls(await probe({ ...settings, tls: true }, PATIENCE_MS));
  const { what, fix } = diagnosis(settings, probed, speaksTls, said);
  return new CrisolError(
    {
      code: "SERVER_UNREACHABLE",
      what,
      where: settings.address,
      why: "runs are workflows on that Temporal server",
      fix: `${fix}; \`crisol doctor\` shows where each setting comes from`,
    },
    { cause },
  );
}

function diagnosis(settings: ConnectionSettings, probed: Probed, speaksTls: boolean, said: string): { what: string; fix: string } {
  const own = "tls.certificate and tls.key in temporal.config.ts, or TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH";
  if (probed.answers) {
    if (/UNAUTHENTICATED|PERMISSION_DENIED|unauthorized/i.test(said))
      return { what: `the Temporal server refuses the API key or certificate: ${said}`, fix: "correct apiKey, or TEMPORAL_API_KEY" };
    return { what: `the Temporal server does not answer: ${said}`, fix: "check that server, or correct the address" };
  }
  const { code, message } = probed;
  if (speaksTls)
    return {
      what: "the Temporal server requires TLS, which is not configured",
      fix: "set tls in temporal.config.ts, or TEMPORAL_TLS=true",
    };
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER")
    return { what: "the server does not speak TLS", fix: "unset tls, or TEMPORAL_TLS and TEMPORAL_API_KEY" };
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return { what: `the server's certificate is for another name: ${message}`, fix: "set tls.serverName, or TEMPORAL_TLS_SERVER_NAME" };
  if (/CERT|ISSUER|LEAF_SIGNATURE/.test(code) && !code.startsWith("ERR_SSL_"))
    return {
      what: `the server's certificate can't be verified: ${message}`,
      fix: "set the authority that signed it: tls.ca, or TEMPORAL_TLS_SERVER_CA_CERT_PATH",
    };
  const hasOwn = typeof settings.tls === "object" && settings.tls.clientCertPair !== undefined;
  if (code.includes("_ALERT_"))
    return hasOwn
      ? { what: "the server refuses the client certificate", fix: `use one that its authority signed: ${own}` }
      : { what: "the server requires a client certificate (mTLS), and none is configured", fix: `set ${own}` };
  // a server that refuses a certificate of TLS 1.3 does so after the handshake, and may close before its alert is read
  if (settings.tls && ["CLOSED", "ECONNRESET", "EPIPE"].includes(code))
    return {
      what: "the server closes the connection after the TLS handshake: it refuses the client certificate, or nothing is running behind it",
      fix: `check that server, and ${own}`,
    };
  return { what: `no Temporal server answers: ${message}`, fix: "start that server, or correct the address" };
}

/** Whether the answer came over TLS, even if it refused the client. */
function isTls(probed: Probed): boolean {
  return probed.answers || (/CERT|ISSUER|LEAF_SIGNATURE|_ALERT_/.test(probed.code) && probed.code !== "ERR_SSL_WRONG_VERSION_NUMBER");
}
