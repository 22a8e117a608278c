/**
 * Digests of rows. A row is told from all others, also from those that stood in its place before, by its place and by the epoch and
 * nonce that its value was sealed under; the seal ties its content to them. The digest is SHA-256 over a secret key and these, of which
 * the length is given first. No digest ever leaves the memory of the engine but sealed: a sum of digests is worth something only as long
 * as nobody knows them.
 */
import { hash } from 'node:crypto';
import { type Place, placeBytes } from '../sealed.ts';

const LENGTH = 2;
const NO_HEAD = new Uint8Array(0);

export class Elements {
  readonly #key: number;
  /** The key, then room for what is hashed. */
  readonly #bytes: Buffer;

  /** Takes over a secret key, and wipes it. */
  constructor(key: Uint8Array) {
    this.#key = key.length;
    this.#bytes = Buffer.alloc(1024);
    this.#bytes.set(key);
    key.fill(0);
  }

  /** 32 bytes. `head`: the first 24 bytes of what is sealed at the place, if anything is. */
  digest(place: Place, head: Uint8Array = NO_HEAD): Buffer {
    const where = placeBytes(place);
    const begin = this.#key + LENGTH;
    this.#bytes.writeUInt16BE(where.length + head.length, this.#key);
    this.#bytes.set(where, begin);
    this.#bytes.set(head, begin + where.length);
    return hash('sha256', this.#bytes.subarray(0, begin + where.length + head.length), 'buffer');
  }

  wipe(): void {
    this.#bytes.fill(0);
  }
}
