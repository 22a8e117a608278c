/**
 * What a TPM's index holds for an anchor: three records of this form. Two are for states, in turn; one is for the process that claims the anchor.
 *
 *     "GWANCHR1" | count (8, big-endian) | first (1) | state (48) | SHA-256 of the attestation key's name (32) | HMAC-SHA256 (32)
 *
 * The HMAC's key follows from a secret that only the platform has, as do the indices and their password.
 */
import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto';
import { type AnchoredState, decodeState, encodeState, STATE_BYTES } from './anchor.ts';

const MAGIC = Buffer.from('GWANCHR1', 'latin1');
const KEY_NAME_AT = MAGIC.length + 8 + 1 + STATE_BYTES;
const MAC_AT = KEY_NAME_AT + 32;
/** Of one record; the index has three. */
export const RECORD_BYTES = MAC_AT + 32;

export interface TpmRecord {
  /** It holds while the counter has this value. */
  readonly count: bigint;
  /** Whether nothing was anchored before it. */
  readonly isFirst: boolean;
  readonly state: AnchoredState;
  /** 32 bytes: whose TPM it is for. */
  readonly keyName: Uint8Array;
}

export function encodeRecord({ count, isFirst, state, keyName }: TpmRecord, key: KeyObject): Buffer {
  const begin = Buffer.alloc(9);
  begin.writeBigUInt64BE(count);
  begin[8] = isFirst ? 1 : 0;
  const bytes = Buffer.concat([MAGIC, begin, encodeState(state), keyName]);
  return Buffer.concat([bytes, macOf(bytes, key)]);
}

/** Undefined for what was not made by `encodeRecord` under this key. */
export function decodeRecord(bytes: Uint8Array, key: KeyObject): TpmRecord | undefined {
  if (bytes.length !== RECORD_BYTES) return undefined;
  const given = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (!timingSafeEqual(macOf(given.subarray(0, MAC_AT), key), given.subarray(MAC_AT))) return undefined;
  const at = MAGIC.length;
  return {
    count: given.readBigUInt64BE(at),
    isFirst: given[at + 8] === 1,
    state: decodeState(given.subarray(at + 9, KEY_NAME_AT)),
    keyName: Uint8Array.from(given.subarray(KEY_NAME_AT, MAC_AT)),
  };
}

const macOf = (bytes: Uint8Array, key: KeyObject): Buffer => createHmac('sha256', key).update(bytes).digest();

/** Where an anchor's indices are in a TPM, and what opens and authenticates them. */
export interface TpmAnchorKeys {
  /** NV indices, side by side. */
  readonly counter: number;
  readonly records: number;
  readonly mac: KeyObject;
  /** A copy, for one command: the caller wipes it. */
  readonly password: () => Uint8Array;
}

/** As `tpm2_nvundefine` takes them. */
export const shownIndices = ({ counter, records }: Pick<TpmAnchorKeys, 'counter' | 'records'>): string =>
  `NV indices 0x${counter.toString(16).padStart(8, '0')} and 0x${records.toString(16).padStart(8, '0')}`;

/** TPM 2.0 handles 0x01800000 to 0x01bfffff: NV indices of the owner. */
const OWNER_INDICES = 0x01800000;
const INDEX_PAIRS = 2 ** 21;

/** @param secret the data folder's own, always the same; at least 32 bytes */
export function tpmAnchorKeys(secret: KeyObject): TpmAnchorKeys {
  if ((secret.symmetricKeySize ?? 0) < 32)
    throw new RangeError('the secret of an anchor has at least 32 bytes');
  const place = derive(secret, 'place', 4);
  const counter =
    OWNER_INDICES + 2 * (Buffer.from(place.buffer, place.byteOffset, 4).readUInt32BE() % INDEX_PAIRS);
  const password = secretKey(secret, 'password');
  return {
    counter,
    records: counter + 1,
    mac: secretKey(secret, 'records'),
    password: () => {
      // Memory of its own, which is wiped with it.
      const bytes = password.export();
      // A TPM cuts zeros off at the end.
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 1;
      return bytes;
    },
  };
}

function secretKey(secret: KeyObject, use: string): KeyObject {
  const bytes = derive(secret, use, 32);
  try {
    return createSecretKey(bytes);
  } finally {
    bytes.fill(0);
  }
}

const derive = (secret: KeyObject, use: string, length: number): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, '', `gaiwan tpm anchor 1 ${use}`, length));
