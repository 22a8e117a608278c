/**
 * aes-gcm-128 and aes-gcm-256: ciphertext, then the 16-byte tag. The additional data are eight zero bytes, as
 * Teaclave writes them. One tag covers the whole file, so nothing may be used before the last byte is checked.
 */
import {
  type CipherGCM,
  createCipheriv,
  createDecipheriv,
  type DecipherGCM,
  timingSafeEqual,
} from 'node:crypto';
import { FilesError } from './errors.ts';
import { checkFileKey, type FileKey, TAG_BYTES } from './scheme.ts';

const AAD = new Uint8Array(8);
const algorithm = (key: FileKey) => (key.scheme === 'aes-gcm-256' ? 'aes-256-gcm' : 'aes-128-gcm');

export class GcmEncryptor {
  readonly #cipher: CipherGCM;

  constructor(key: FileKey) {
    checkFileKey(key);
    this.#cipher = createCipheriv(algorithm(key), key.key, key.iv ?? new Uint8Array());
    this.#cipher.setAAD(AAD);
  }

  update(plaintext: Uint8Array): Uint8Array {
    return this.#cipher.update(plaintext);
  }

  /** The tag: the last bytes of the file. */
  finish(): Uint8Array {
    this.#cipher.final();
    return this.#cipher.getAuthTag();
  }
}

/** What `decryptUnverified` returns must stay private until `finish` has returned. */
export class GcmDecryptor {
  readonly #decipher: DecipherGCM;
  /** The last 16 bytes so far: they may be the tag. */
  #tail = new Uint8Array(0);

  constructor(key: FileKey) {
    checkFileKey(key);
    this.#decipher = createDecipheriv(algorithm(key), key.key, key.iv ?? new Uint8Array());
    this.#decipher.setAAD(AAD);
  }

  /** Decrypts all but what may be the tag. */
  decryptUnverified(ciphertext: Uint8Array): Uint8Array[] {
    const before = this.#tail;
    const surplus = before.length + ciphertext.length - TAG_BYTES;
    if (surplus <= 0) {
      this.#tail = concat(before, ciphertext);
      return [];
    }
    if (surplus <= before.length) {
      this.#tail = concat(before.subarray(surplus), ciphertext);
      return [this.#decipher.update(before.subarray(0, surplus))];
    }
    const split = ciphertext.length - TAG_BYTES;
    this.#tail = ciphertext.slice(split);
    const out: Uint8Array[] = before.length > 0 ? [this.#decipher.update(before)] : [];
    out.push(this.#decipher.update(ciphertext.subarray(0, split)));
    return out;
  }

  /** Throws unless all that was decrypted is authentic (and the file is the one that `expected` names). */
  finish(expected?: Uint8Array): Uint8Array {
    const tag = this.#tail;
    if (tag.length < TAG_BYTES) {
      throw new FilesError('truncated', 'The file is shorter than its 16-byte tag: fetch it again, whole.');
    }
    if (expected && !sameBytes(tag, expected)) {
      throw new FilesError(
        'tag-mismatch',
        'The file ends with another tag than expected: it is not the file that was registered.',
      );
    }
    this.#decipher.setAuthTag(tag);
    try {
      this.#decipher.final();
    } catch (cause) {
      throw new FilesError(
        'corrupt',
        'The file does not authenticate: the key or IV is wrong, or its bytes were changed.',
        { cause },
      );
    }
    return tag;
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

/** In constant time for equal lengths. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
