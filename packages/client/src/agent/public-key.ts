/** Public keys as SSH writes them (RFC 8709, RFC 5656), and as the platform takes them (SPKI). */
import { createHash, createPublicKey, type JsonWebKey } from 'node:crypto';
import type { KeyAlgorithm } from '@gaiwan/protocol';
import { badAgent, SshReader, sshString } from './wire.ts';

const ED25519 = 'ssh-ed25519';
const P256 = 'ecdsa-sha2-nistp256';
const CURVE = 'nistp256';

/** What an account can have for its key. */
export interface FitKey {
  readonly algorithm: KeyAlgorithm;
  /** SPKI (DER). */
  readonly publicKey: Uint8Array;
}

/** `type`: as SSH names it. `blob`: as SSH writes it. */
export type SshKey =
  | { readonly type: string; readonly blob: Uint8Array; readonly fit: FitKey }
  | { readonly type: string; readonly blob: Uint8Array; readonly fit: undefined; readonly why: string };

/**
 * Reads a public key. A kind that no account can have says why.
 *
 * @throws GaiwanError bad-agent for bytes that are not what their type says
 */
export function readSshKey(blob: Uint8Array): SshKey {
  const reader = new SshReader(blob);
  const type = reader.text();
  const unfit = (why: string): SshKey => ({ type, blob, fit: undefined, why });
  if (type.includes('-cert-v'))
    return unfit('it is a certificate, and the platform knows keys: name the key that it certifies');
  if (type.startsWith('sk-'))
    return unfit(
      'a security key (FIDO) signs its own counter and flags along with the bytes, which the platform does not expect',
    );
  if (type !== ED25519 && type !== P256) return unfit('the key of an account is of Ed25519 or P-256');
  if (type === P256 && reader.text() !== CURVE) throw badAgent('a key of P-256 names another curve');
  const key = reader.string();
  reader.end();
  if (type === ED25519) {
    if (key.length !== 32) throw badAgent(`a key of Ed25519 has ${key.length} bytes`);
    return fit({ type, blob }, 'Ed25519', { kty: 'OKP', crv: 'Ed25519', x: base64url(key) });
  }
  if (key[0] === 2 || key[0] === 3) return unfit('its point is compressed: no agent that we know does that');
  if (key.length !== 65 || key[0] !== 4) throw badAgent('a key of P-256 has no point');
  const [x, y] = [base64url(key.subarray(1, 33)), base64url(key.subarray(33))];
  return fit({ type, blob }, 'ES256', { kty: 'EC', crv: 'P-256', x, y });
}

function fit(
  key: { readonly type: string; readonly blob: Uint8Array },
  algorithm: KeyAlgorithm,
  jwk: JsonWebKey,
): SshKey {
  try {
    const publicKey = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'der' });
    return { ...key, fit: { algorithm, publicKey: new Uint8Array(publicKey) } };
  } catch {
    throw badAgent('a key of P-256 has a point that is not on the curve');
  }
}

/** As `ssh-add -l` and `ssh-keygen -l` print it. */
export const fingerprintOf = (blob: Uint8Array): string =>
  `SHA256:${createHash('sha256').update(blob).digest('base64').replaceAll('=', '')}`;

/**
 * The fingerprint of an account's key as SSH's tools print it.
 *
 * @param publicKey SPKI (DER) of Ed25519 or P-256
 * @example
 * sshFingerprint((await client.keys.account()).key.publicKey); // 'SHA256:47DEQpj8HBSa...'
 */
export function sshFingerprint(publicKey: Uint8Array): string {
  const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
  const { crv, x = '', y = '' } = key.export({ format: 'jwk' });
  const [first, second] = [x, y].map((text) => Buffer.from(text, 'base64url'));
  const parts =
    crv === 'Ed25519'
      ? [ED25519, first]
      : [P256, CURVE, Buffer.concat([Buffer.of(4), ...[first, second].filter((part) => part !== undefined)])];
  return fingerprintOf(Buffer.concat(parts.map((part) => sshString(part ?? ''))));
}

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
