/** Signed tokens: JWS in compact form (RFC 7515), JWT claims (RFC 7519), with the care of RFC 8725. */

import { fromBase64Url, text, utf8Bytes } from '../bytes.ts';
import type { Context } from '../context.ts';
import { type Curve, curveBytes, type PublicKey, type SignatureScheme } from '../crypto/crypto.ts';
import { isObject, parseJsonObject } from '../json/scan.ts';
import { told } from '../json/told.ts';
import { jwkKey } from '../keys/jwk.ts';
import { limits } from '../limits.ts';
import { Refusal } from '../refusal.ts';

type Json = Readonly<Record<string, unknown>>;

/** Each algorithm belongs to one kind of key, whatever the token says. */
const algorithms: Readonly<Record<string, { scheme: SignatureScheme; curve?: Curve }>> = {
  ES256: { scheme: { name: 'ecdsa', hash: 'sha256' }, curve: 'P-256' },
  ES384: { scheme: { name: 'ecdsa', hash: 'sha384' }, curve: 'P-384' },
  EdDSA: { scheme: { name: 'ed25519' } },
  PS256: { scheme: { name: 'rsa-pss', hash: 'sha256', salt: 32 } },
  PS384: { scheme: { name: 'rsa-pss', hash: 'sha384', salt: 48 } },
  RS256: { scheme: { name: 'rsa-pkcs1', hash: 'sha256' } },
};

/** JWS algorithms (RFC 7518) that are known here; none of them is symmetric. */
export type JwtAlgorithm = 'ES256' | 'ES384' | 'EdDSA' | 'PS256' | 'PS384' | 'RS256';

/** A token taken apart, unverified. */
export interface Jwt {
  readonly header: Json;
  readonly payload: Json;
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

/**
 * Takes a token apart. Nothing is verified.
 *
 * @throws {Refusal} `malformed`
 */
export function parseJwt(token: string): Jwt {
  if (token.length > limits.jwt.value)
    throw new Refusal('malformed', `A token of ${token.length} characters.`);
  const [header, payload, signature, ...more] = token.split('.');
  if (header === undefined || payload === undefined || signature === undefined || more.length > 0)
    throw new Refusal('malformed', 'A token has three parts with dots between them.');
  return {
    header: parseJsonObject(text(fromBase64Url(header))),
    payload: parseJsonObject(text(fromBase64Url(payload))),
    signed: utf8Bytes(`${header}.${payload}`),
    signature: fromBase64Url(signature),
  };
}

/** What a token must fulfil. */
export interface JwtChecks {
  /** A JWK, or a JWK set. The caller chooses it: `jku`, `x5u`, `jwk` and `x5c` of the header are never looked at. */
  readonly keys: Json;
  /** Default: ES256, ES384, EdDSA, PS256, PS384. */
  readonly algorithms?: readonly JwtAlgorithm[];
  /** Must be among the token's audiences. */
  readonly audience?: string;
  /** Seconds that clocks may differ. Default: 60. */
  readonly leeway?: number;
}

/** The keys that the token may be signed with: with a `kid`, those of that id. */
function candidateKeys(keys: Json, kid: unknown): readonly PublicKey[] {
  const listed = keys['keys'];
  const set: readonly unknown[] = Array.isArray(listed) ? listed : [keys];
  if (set.length > limits.jwtKeys.value) throw new Refusal('malformed', `A set of ${set.length} keys.`);
  return set
    .filter(isObject)
    .filter((key) => kid === undefined || key['kid'] === undefined || key['kid'] === kid)
    .filter((key) => key['use'] === undefined || key['use'] === 'sig')
    .map(jwkKey);
}

async function checkSignature(jwt: Jwt, checks: JwtChecks, context: Context): Promise<void> {
  const { alg, kid, crit } = jwt.header;
  const allowed: readonly string[] = checks.algorithms ?? ['ES256', 'ES384', 'EdDSA', 'PS256', 'PS384'];
  const algorithm = typeof alg === 'string' && allowed.includes(alg) ? algorithms[alg] : undefined;
  if (algorithm === undefined)
    throw new Refusal('jwt-signature', `The token names the algorithm ${told(alg)}.`);
  if (crit !== undefined)
    throw new Refusal('jwt-signature', 'The token has critical headers that are not understood.');
  for (const key of candidateKeys(checks.keys, kid)) {
    const fits = algorithm.curve === undefined || (key.type === 'ec' && key.curve === algorithm.curve);
    const size = algorithm.curve === undefined || jwt.signature.length === 2 * curveBytes[algorithm.curve];
    if (fits && size && (await context.crypto.verify(key, algorithm.scheme, jwt.signature, jwt.signed)))
      return;
  }
  throw new Refusal('jwt-signature');
}

function timeAt(payload: Json, name: string): number | undefined {
  const value = payload[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new Refusal('malformed', `"${name}" is not a time.`);
  return value;
}

function checkTimes(payload: Json, seconds: number, leeway: number): void {
  const [exp, nbf, iat] = ['exp', 'nbf', 'iat'].map((name) => timeAt(payload, name));
  if (exp !== undefined && seconds >= exp + leeway)
    throw new Refusal('collateral-expired', 'The token is past its end.');
  for (const from of [nbf, iat]) {
    if (from !== undefined && seconds < from - leeway) {
      throw new Refusal('collateral-not-yet-valid', 'The token was issued after the time of verification.');
    }
  }
}

/**
 * Verifies a token: signature, times, audience. Keys and algorithms are the caller's: the header chooses nothing (RFC 8725).
 *
 * @throws {Refusal} `malformed`, `jwt-signature`, `collateral-expired`, `collateral-not-yet-valid`, `missing-claims`,
 * `unsupported-key-type`
 */
export async function verifyJwt(token: string, checks: JwtChecks, context: Context): Promise<Jwt> {
  const jwt = parseJwt(token);
  await checkSignature(jwt, checks, context);
  checkTimes(jwt.payload, context.at / 1000, checks.leeway ?? limits.jwtLeeway.value);
  if (checks.audience !== undefined) {
    const { aud } = jwt.payload;
    const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
    if (!audiences.includes(checks.audience))
      throw new Refusal('missing-claims', 'The token is for another audience.');
  }
  return jwt;
}
