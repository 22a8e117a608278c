/** Public keys of participants, as bytes: which algorithm an SPKI is of. Nothing is verified here. */
import { hex, type Read } from './form.ts';
import { ManifestError } from './manifest-error.ts';

/** Ed25519 (RFC 8032), or ECDSA with P-256 and SHA-256 (ES256). */
export type KeyAlgorithm = 'Ed25519' | 'ES256';

/** Of both algorithms: an ES256 signature is r and s (IEEE P1363), not DER. */
export const SIGNATURE_BYTES = 64;

interface Form {
  readonly algorithm: KeyAlgorithm;
  /** All that precedes the key itself. There is one DER encoding of each algorithm, so its head is compared, not parsed. */
  readonly head: string;
  readonly bytes: number;
}

const forms: readonly Form[] = [
  { algorithm: 'Ed25519', head: '302a300506032b6570032100', bytes: 44 },
  // An uncompressed point.
  { algorithm: 'ES256', head: '3059301306072a8648ce3d020106082a8648ce3d03010703420004', bytes: 91 },
];

/** The algorithm of a SubjectPublicKeyInfo (DER); undefined for bytes that are none of a kind that is taken. */
export function algorithmOfKey(spki: Uint8Array): KeyAlgorithm | undefined {
  const start = Array.from(spki.subarray(0, 27), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return forms.find(({ head, bytes }) => spki.length === bytes && start.startsWith(head))?.algorithm;
}

const KEY = 'key:';

/** What an approval rests on: a session that a password opened, or the participant's own key. */
export type Authority = 'password' | `key:${string}`;

/** `keyId`: SHA-256 (hex) of the key's SPKI. */
export const authorityOfKey = (keyId: string): Authority => `${KEY}${keyId}`;

/** The key id that an authority names; undefined for `password`. */
export const keyOfAuthority = (authority: Authority): string | undefined =>
  authority === 'password' ? undefined : authority.slice(KEY.length);

const readKeyId = hex(32);

/** A member of a manifest. */
export const authority: Read<Authority> = (value, path) => {
  if (value === 'password') return value;
  if (typeof value === 'string' && value.startsWith(KEY))
    return authorityOfKey(readKeyId(value.slice(KEY.length), path));
  throw new ManifestError('bad-form', `${path} is neither password nor key:ID.`);
};
