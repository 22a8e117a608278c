/**
 * Where evidence takes long to make, it names a key once, which then signs for each connection. What that is worth, and what it is not:
 * docs/enclave/attested-tls.md.
 */
import { CONNECTION_BYTES } from './connection.ts';
import { UntrustedPeer } from './untrusted-peer.ts';

/** Of an Ed25519 key. */
const KEY_BYTES = 32;
const TIME_BYTES = 8;

/** The claim of a server names its instance, and that of a client has none: neither stands for the other, nor for a signature. */
const LABELS = {
  server: 'gaiwan-session-signing-key/1 server\0',
  client: 'gaiwan-session-signing-key/1 client\0',
} as const;
const STATEMENT = 'gaiwan-session-signature/1\0';

/** A key that evidence vouches for, beside the TLS key that the same evidence is about. */
export interface SessionSigningKey {
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Milliseconds since 1970; it signs no longer than that. When it was made is the time of the evidence. */
  readonly until: number;
  /** 32 bytes: of a server. */
  readonly instance?: Uint8Array;
}

/**
 * The claim `session-signing-key` of evidence: a label, the key, 8 bytes of time (big-endian), and a server's instance.
 *
 * @throws {TypeError} for a part of another length, or a time that is none
 */
export function sessionSigningClaim({ publicKey, until, instance }: SessionSigningKey): Uint8Array {
  if (publicKey.length !== KEY_BYTES || (instance && instance.length !== CONNECTION_BYTES))
    throw new TypeError(`a session-signing key and an instance id have ${KEY_BYTES} bytes each`);
  if (!Number.isSafeInteger(until) || until < 0) throw new TypeError('a time is milliseconds since 1970');
  const time = Buffer.alloc(TIME_BYTES);
  time.writeBigUInt64BE(BigInt(until));
  const label = Buffer.from(LABELS[instance ? 'server' : 'client'], 'latin1');
  return new Uint8Array(Buffer.concat([label, publicKey, time, instance ?? Buffer.alloc(0)]));
}

/**
 * Reads a claim `session-signing-key`: exactly the bytes that `sessionSigningClaim` makes.
 *
 * @throws {UntrustedPeer} `malformed`
 */
export function readSessionSigningClaim(claim: Uint8Array): SessionSigningKey {
  const bytes = Buffer.from(claim.buffer, claim.byteOffset, claim.length);
  const side = (['server', 'client'] as const).find((one) =>
    bytes.subarray(0, LABELS[one].length).equals(Buffer.from(LABELS[one], 'latin1')),
  );
  if (side === undefined) throw malformed('it begins with another label');
  const start = LABELS[side].length;
  const key = bytes.subarray(start, start + KEY_BYTES);
  const time = bytes.subarray(start + KEY_BYTES, start + KEY_BYTES + TIME_BYTES);
  const instance = bytes.subarray(start + KEY_BYTES + TIME_BYTES);
  if (time.length !== TIME_BYTES || instance.length !== (side === 'server' ? CONNECTION_BYTES : 0))
    throw malformed(`that of a ${side} has another length than ${bytes.length} bytes`);
  const until = Number(time.readBigUInt64BE());
  if (!Number.isSafeInteger(until)) throw malformed('it ends at no time');
  return {
    publicKey: new Uint8Array(key),
    until,
    ...(side === 'server' && { instance: new Uint8Array(instance) }),
  };
}

const malformed = (why: string) =>
  new UntrustedPeer('malformed', `This names no session-signing key: ${why}.`);

/** What the key signs for one connection. `binding`: `connectionBinding`, or `clientConnectionBinding`. */
export function sessionStatement(binding: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.concat([Buffer.from(STATEMENT, 'latin1'), binding]));
}
