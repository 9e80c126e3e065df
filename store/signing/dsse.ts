import { createHash, type KeyObject, sign, verify } from "node:crypto";
import { z } from "zod";
import type { DsseEnvelope } from "../../dsl/context.ts";

/** A signed payload, as read from a file. */
export const Envelope = z.object({
  payloadType: z.string(),
  payload: z.base64(),
  signatures: z.array(z.object({ keyid: z.string(), sig: z.base64() })).min(1),
});

/**
 * The bytes that a DSSE signature covers.
 *
 * @see DSSE v1.0, "Pre-Authentication Encoding", https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
 */
export function preAuthenticationEncoding(payloadType: string, payload: Uint8Array): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.byteLength} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

/** A key's name: sha-256 of its public half (SubjectPublicKeyInfo, DER), in hexadecimal. */
export function keyId(publicKey: KeyObject): string {
  return createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("hex");
}

/** Sign a payload: ECDSA over sha-256, the signature in DER. */
export function signEnvelope(payloadType: string, payload: Uint8Array, keys: { private: KeyObject; public: KeyObject }): DsseEnvelope {
  const sig = sign("sha256", preAuthenticationEncoding(payloadType, payload), keys.private).toString("base64");
  return { payloadType, payload: Buffer.from(payload).toString("base64"), signatures: [{ keyid: keyId(keys.public), sig }] };
}

/** Whether one of the envelope's signatures is this key's, over its payload. */
export function holds(envelope: DsseEnvelope, publicKey: KeyObject): boolean {
  const bytes = preAuthenticationEncoding(envelope.payloadType, Buffer.from(envelope.payload, "base64"));
  const id = keyId(publicKey);
  return envelope.signatures.some(({ keyid, sig }) => keyid === id && verify("sha256", bytes, publicKey, Buffer.from(sig, "base64")));
}
