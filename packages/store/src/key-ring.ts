/**
 * The keys of a store, wrapped under its root key: another root key wraps the same ones anew, and a new generation of the
 * sealing key is added, so that whoever had the old root key reads nothing that is written from then on. What was written
 * before is sealed anew little by little, and old generations are then dropped.
 *
 *     nonce (12) | AES-256-GCM of: blinding key (32) | generation (2, big-endian), key (32) | ... | tag (16)
 *
 * The newest generation comes first. The blinding key stays: names would be others under another one.
 */
import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { ROOT_KEY_BYTES } from './root-key.ts';
import { StoreError } from './store.ts';

const KEY = 32;
const NUMBER = 2;
const NONCE = 12;
const TAG = 16;
const NAME = Buffer.from('gaiwan store 1 keys');
/** Numbers of generations are used once. */
const LAST_GENERATION = 2 ** (8 * NUMBER) - 1;

interface Generation {
  readonly number: number;
  readonly key: KeyObject;
}

export interface KeyRing {
  readonly blinding: KeyObject;
  /** Newest first; at least one. */
  readonly generations: readonly [Generation, ...Generation[]];
}

/** A handle, which nothing can print and which other threads can be handed. Wipes the bytes. Throws `root-key`. */
export function rootKeyHandle(root: Uint8Array): KeyObject {
  try {
    if (root.length !== ROOT_KEY_BYTES)
      throw new StoreError('root-key', `the root key has ${root.length} bytes, not ${ROOT_KEY_BYTES}`);
    return createSecretKey(root);
  } finally {
    root.fill(0);
  }
}

function randomKey(): KeyObject {
  const bytes = randomBytes(KEY);
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
}

export const newKeyRing = (): KeyRing => ({
  blinding: randomKey(),
  generations: [{ number: 0, key: randomKey() }],
});

/** With another generation, which seals from now on. */
export function nextGeneration({ blinding, generations }: KeyRing): KeyRing {
  const number = generations[0].number + 1;
  if (number > LAST_GENERATION)
    throw new StoreError(
      'invalid',
      `keys were rotated ${LAST_GENERATION} times, which is as often as they can be`,
    );
  return { blinding, generations: [{ number, key: randomKey() }, ...generations] };
}

/** With the newest generation alone. */
export const newestOnly = ({ blinding, generations: [newest] }: KeyRing): KeyRing => ({
  blinding,
  generations: [newest],
});

/** What the digests of rows are made with: the same for the life of a store, as the names are. The caller wipes it. */
export const digestKey = ({ blinding }: KeyRing): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', blinding, '', 'gaiwan store 1 digests', KEY));

/** For an anchor that wants a secret of the store's: the same for the life of a store. */
export function anchorSecret({ blinding }: KeyRing): KeyObject {
  const bytes = new Uint8Array(hkdfSync('sha256', blinding, '', 'gaiwan store 1 anchor', KEY));
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
}

function wrappingKey(root: KeyObject): KeyObject {
  const bytes = new Uint8Array(hkdfSync('sha256', root, '', 'gaiwan store 1 wrapping', KEY));
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
}

export function wrapKeys(root: KeyObject, { blinding, generations }: KeyRing): Uint8Array {
  const parts = [blinding.export()];
  for (const { number, key } of generations) parts.push(Buffer.of(number >> 8, number & 255), key.export());
  const plain = Buffer.concat(parts);
  try {
    const nonce = randomBytes(NONCE);
    const cipher = createCipheriv('aes-256-gcm', wrappingKey(root), nonce);
    cipher.setAAD(NAME);
    return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  } finally {
    for (const part of [...parts, plain]) part.fill(0);
  }
}

/** Throws `tampered` where they were wrapped under another root key, or changed. */
export function unwrapKeys(root: KeyObject, wrapped: Uint8Array): KeyRing {
  let plain: Buffer | undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', wrappingKey(root), wrapped.subarray(0, NONCE), {
      authTagLength: TAG,
    });
    decipher.setAAD(NAME);
    decipher.setAuthTag(wrapped.subarray(-TAG));
    plain = decipher.update(wrapped.subarray(NONCE, -TAG));
    decipher.final();
    const generations: Generation[] = [];
    for (let at = KEY; at < plain.length; at += NUMBER + KEY) {
      const key = createSecretKey(plain.subarray(at + NUMBER, at + NUMBER + KEY));
      generations.push({ number: plain.readUInt16BE(at), key });
    }
    const [newest, ...older] = generations;
    if (newest === undefined) throw new RangeError('no generation');
    return { blinding: createSecretKey(plain.subarray(0, KEY)), generations: [newest, ...older] };
  } catch (cause) {
    throw new StoreError(
      'tampered',
      "the store's keys did not authenticate: they were changed outside of this store, or the root key is another. Restore the data folder and its root key from one and the same backup; a root key whose handover was made before the keys were rotated needs a new handover",
      { cause },
    );
  } finally {
    plain?.fill(0);
  }
}
