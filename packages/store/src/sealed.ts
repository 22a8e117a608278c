/**
 * What a database gets to see: blinded names and sealed values.
 *
 * - A name is blinded by HMAC-SHA-256, cut to 16 bytes. A key's segments are blinded one by one, each under its
 *   parent: `b[i] = HMAC(K, 'k' | b[i-1] | segment)`, so prefixes stay prefixes and the same id under two parents
 *   looks different.
 * - A value is sealed by AES-256-GCM: `epoch (12) | nonce (12) | ciphertext | tag (16)`. An epoch is the number of a
 *   generation of the sealing key (2) and random (10); its key is `HKDF(generation, epoch)`. Each process starts a new
 *   epoch and continues with the next long before the number of random nonces under one key would matter. The place where a value stands (its `Place`) is authenticated with it.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomFillSync,
} from 'node:crypto';
import type { KeyRing } from './key-ring.ts';
import { type Key, StoreError } from './store.ts';

export const BLINDED_BYTES = 16;
const EPOCH = 12;
const GENERATION = 2;
const NONCE = 12;
/** Epoch and nonce: no two sealings begin with the same bytes. */
export const HEAD_BYTES: number = EPOCH + NONCE;
const TAG = 16;
/** Seals under one epoch's key: a nonce repeats with a probability below 2^-40. */
const EPOCH_SEALS = 2 ** 28;
const CACHED_NAMES = 8192;
const CACHED_EPOCHS = 1024;
const NONCES = 512;
const NO_PARENT = Buffer.alloc(BLINDED_BYTES);

function derive(secret: KeyObject, salt: Uint8Array, info: string): KeyObject {
  const bytes = new Uint8Array(hkdfSync('sha256', secret, salt, info, 32));
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
}

/** `k`: a key's segment; `q`: a queue; `i`: an item of a queue; `l`: a log. */
type NameKind = 'k' | 'q' | 'i' | 'l';

/** Where a sealed value stands: blinded names and numbers. Each kind has a fixed number of each. */
export interface Place {
  readonly kind: 'entry' | 'item' | 'log' | 'root';
  readonly names: readonly Uint8Array[];
  readonly numbers: readonly number[];
}

const PLACE_BYTE = { entry: 1, item: 2, log: 3, root: 4 } as const;

/** @throws StoreError (tampered) for a number that is no count: the disk says such of a row that somebody changed */
export function placeBytes({ kind, names, numbers }: Place): Buffer {
  if (!numbers.every((number) => Number.isSafeInteger(number) && number >= 0))
    throw new StoreError(
      'tampered',
      `a row has a number that is no count (${numbers.join(', ')}): it was changed outside of this store; restore the data folder from a backup`,
    );
  let size = 1 + numbers.length * 8;
  for (const name of names) size += name.length;
  const bytes = Buffer.allocUnsafe(size);
  bytes[0] = PLACE_BYTE[kind];
  let at = 1;
  for (const number of numbers) {
    bytes.writeUInt32BE(Math.floor(number / 2 ** 32), at);
    bytes.writeUInt32BE(number % 2 ** 32, at + 4);
    at += 8;
  }
  for (const name of names) {
    bytes.set(name, at);
    at += name.length;
  }
  return bytes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  return parts.length === 1 && first ? first : Buffer.concat(parts);
}

const generationOf = (sealed: Uint8Array): number => ((sealed[0] ?? 0) << 8) | (sealed[GENERATION - 1] ?? 0);

/** What a key is blinded as, and the keys that begin with it, by their next segment. */
interface BlindedKey {
  readonly bytes: Buffer;
  readonly longer: Map<string, BlindedKey>;
}

const noKey = (): BlindedKey => ({ bytes: Buffer.alloc(0), longer: new Map() });

export class Sealer {
  #ring: KeyRing;
  readonly #names = new Map<string, Buffer>();
  #keys: BlindedKey = noKey();
  #cachedKeys = 0;
  readonly #epochs = new Map<string, KeyObject>();
  readonly #nonces = Buffer.alloc(NONCES * NONCE);
  #nextNonce = NONCES;
  #epoch = Buffer.alloc(0);
  #epochKey: KeyObject | undefined;
  #sealsLeft = 0;

  constructor(ring: KeyRing) {
    this.#ring = ring;
  }

  get ring(): KeyRing {
    return this.#ring;
  }

  /** What is sealed from now on is sealed by the newest generation; what only others could open is lost. */
  use(ring: KeyRing): void {
    this.#ring = ring;
    this.#epochs.clear();
    this.#epochKey = undefined;
  }

  /** Whether the newest generation sealed it. */
  isNewest(sealed: Uint8Array): boolean {
    return generationOf(sealed) === this.#ring.generations[0].number;
  }

  blindName(kind: Exclude<NameKind, 'k'>, name: string, parent: Uint8Array = NO_PARENT): Buffer {
    const cacheKey = `${kind}${Buffer.from(parent.buffer, parent.byteOffset, parent.length).toString('latin1')}${name}`;
    const known = this.#names.get(cacheKey);
    if (known) return known;
    const blinded = this.#blind(kind, name, parent);
    if (this.#names.size >= CACHED_NAMES) this.#names.clear();
    this.#names.set(cacheKey, blinded);
    return blinded;
  }

  /** Of the same key mostly the same bytes: nobody changes them. */
  blindKey(key: Key): Buffer {
    let blinded = this.#keys;
    for (const segment of key) blinded = blinded.longer.get(segment) ?? this.#longer(blinded, segment);
    return blinded.bytes;
  }

  #longer({ bytes, longer }: BlindedKey, segment: string): BlindedKey {
    if (this.#cachedKeys++ === CACHED_NAMES) {
      this.#keys = noKey();
      this.#cachedKeys = 0;
    }
    const parent = bytes.length === 0 ? NO_PARENT : bytes.subarray(-BLINDED_BYTES);
    const made = {
      bytes: Buffer.concat([bytes, this.#blind('k', segment, parent)]),
      longer: new Map<string, BlindedKey>(),
    };
    longer.set(segment, made);
    return made;
  }

  #blind(kind: NameKind, name: string, parent: Uint8Array): Buffer {
    const mac = createHmac('sha256', this.#ring.blinding).update(kind).update(parent).update(name).digest();
    return Buffer.from(mac.subarray(0, BLINDED_BYTES));
  }

  /** Seals the parts, one after the other, for a place. */
  seal(place: Place, ...parts: readonly Uint8Array[]): Buffer {
    const key = this.#sealsLeft-- <= 0 || !this.#epochKey ? this.#startEpoch() : this.#epochKey;
    if (this.#nextNonce === NONCES) {
      randomFillSync(this.#nonces);
      this.#nextNonce = 0;
    }
    const at = this.#nextNonce++ * NONCE;
    const nonce = Buffer.from(this.#nonces.subarray(at, at + NONCE));
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    cipher.setAAD(placeBytes(place));
    // One call for all parts: each costs more than joining them does.
    const sealed = cipher.update(joined(parts));
    cipher.final();
    return Buffer.concat([this.#epoch, nonce, sealed, cipher.getAuthTag()]);
  }

  /** Throws `tampered` unless the bytes were sealed for this place under this root key. */
  open(place: Place, sealed: Uint8Array): Buffer {
    return this.openParts(place, sealed.subarray(0, HEAD_BYTES), sealed.subarray(HEAD_BYTES));
  }

  /** As `open`, of what was sealed in two parts: its first 24 bytes, and the rest. */
  openParts(place: Place, head: Uint8Array, body: Uint8Array): Buffer {
    try {
      const end = body.length - TAG;
      if (head.length !== HEAD_BYTES || end < 0) throw new RangeError('cut short');
      const key = this.#keyOf(head.subarray(0, EPOCH));
      const decipher = createDecipheriv('aes-256-gcm', key, head.subarray(EPOCH), { authTagLength: TAG });
      decipher.setAAD(placeBytes(place));
      decipher.setAuthTag(body.subarray(end));
      const plain = decipher.update(body.subarray(0, end));
      decipher.final();
      return plain;
    } catch (error) {
      throw new StoreError(
        'tampered',
        `a stored ${place.kind} value did not authenticate: the data was changed outside of this store, or the root key is another; restore the data folder and its root key from a backup`,
        { cause: error },
      );
    }
  }

  #startEpoch(): KeyObject {
    this.#epoch = randomFillSync(Buffer.alloc(EPOCH));
    this.#epoch.writeUInt16BE(this.#ring.generations[0].number);
    const key = this.#keyOf(this.#epoch);
    this.#epochKey = key;
    this.#sealsLeft = EPOCH_SEALS - 1;
    return key;
  }

  #keyOf(epoch: Uint8Array): KeyObject {
    const name = Buffer.from(epoch).toString('latin1');
    const known = this.#epochs.get(name);
    if (known) return known;
    if (this.#epochs.size >= CACHED_EPOCHS) this.#epochs.clear();
    const number = generationOf(epoch);
    const generation = this.#ring.generations.find((one) => one.number === number);
    if (generation === undefined) throw new RangeError(`generation ${number} of the keys is gone`);
    const key = derive(generation.key, epoch, 'gaiwan store 1 epoch');
    this.#epochs.set(name, key);
    return key;
  }
}
