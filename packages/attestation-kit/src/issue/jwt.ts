/** Signed tokens in the compact form of JWS (RFC 7515, 7.1). */
import type { JwtAlgorithm } from '@gaiwan/attestation';
import { toBase64Url, utf8Bytes } from '@gaiwan/attestation/bytes';

type Json = Readonly<Record<string, unknown>>;

/** Makes a signature over bytes; r ‖ s for ECDSA. */
export interface Signer {
  readonly alg: JwtAlgorithm;
  readonly kid?: string;
  sign(data: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** A token of these claims. */
export async function signJwt(claims: Json, signer: Signer): Promise<string> {
  const header = { alg: signer.alg, typ: 'JWT', ...(signer.kid !== undefined && { kid: signer.kid }) };
  const [head, body] = [header, claims].map((part) => toBase64Url(utf8Bytes(JSON.stringify(part))));
  return `${head}.${body}.${toBase64Url(await signer.sign(utf8Bytes(`${head}.${body}`)))}`;
}
