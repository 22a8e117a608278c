/** Whether what the other end says is about this connection: in the one form, or in the other. */
import { createPublicKey, verify } from 'node:crypto';
import { readSessionSigningClaim, sessionStatement } from './session-signing.ts';
import { UntrustedPeer } from './untrusted-peer.ts';

/** Of an Ed25519 signature. */
const SIGNATURE_BYTES = 64;

/** The connection that the other end is to speak for. */
export interface AboutConnection {
  /** 32 bytes: `connectionBinding`, or `clientConnectionBinding`. */
  readonly binding: Uint8Array;
  /** By a session-signing key. Absent or empty: the evidence itself is about the connection. */
  readonly signature?: Uint8Array | undefined;
  /** 32 bytes: of a server. A session-signing key speaks for this one alone. */
  readonly instance?: Uint8Array;
}

/** Whether a session-signing key speaks for the connection, or evidence about it. */
export const isSigned = ({ signature }: AboutConnection): boolean =>
  signature !== undefined && signature.length > 0;

/** What evidence says in its claims buffer, hexadecimal. */
interface Claims {
  readonly connection: string | undefined;
  readonly sessionSigningKey: string | undefined;
}

/**
 * Makes sure that evidence, which was verified, is about this connection, or vouches for the key whose signature is. It never takes one for
 * the other: a claim of the other form is as good as none. The age of the evidence is its caller's to check.
 *
 * @param at milliseconds since 1970, by our own clock
 * @throws {UntrustedPeer} `connection-binding`, `policy-age`, `malformed`
 */
export function requireConnection(claims: Claims, about: AboutConnection, at: number): void {
  if (isSigned(about)) requireSignature(claims, about, at);
  else requireEvidence(claims, about);
}

function requireEvidence({ connection, sessionSigningKey }: Claims, { binding }: AboutConnection): void {
  if (connection === Buffer.from(binding).toString('hex') && sessionSigningKey === undefined) return;
  throw notThis(
    'Its evidence was made for another connection: somebody may stand in between, with a key that was stolen.',
  );
}

const notThis = (message: string) => new UntrustedPeer('connection-binding', message);

function requireSignature(
  { connection, sessionSigningKey }: Claims,
  { binding, signature, instance }: AboutConnection,
  at: number,
): void {
  if (sessionSigningKey === undefined || connection !== undefined)
    throw notThis('It signs for the connection with a key that no evidence names for that.');
  const named = readSessionSigningClaim(new Uint8Array(Buffer.from(sessionSigningKey, 'hex')));
  if (!isSame(named.instance, instance))
    throw notThis('The session-signing key that its evidence names is that of another instance.');
  if (at > named.until)
    throw new UntrustedPeer(
      'policy-age',
      `Its session-signing key was good until ${new Date(named.until).toISOString()}.`,
    );
  if (!isSignedBy(named.publicKey, binding, signature))
    throw notThis(
      'Its session-signing key has not signed for this connection: somebody may stand in between, with a TLS key that was stolen.',
    );
}

const isSame = (one: Uint8Array | undefined, other: Uint8Array | undefined): boolean =>
  one === undefined || other === undefined ? one === other : Buffer.compare(one, other) === 0;

function isSignedBy(publicKey: Uint8Array, binding: Uint8Array, signature: Uint8Array | undefined): boolean {
  if (signature?.length !== SIGNATURE_BYTES) return false;
  const x = Buffer.from(publicKey).toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return verify(null, sessionStatement(binding), key, signature);
}
