import { createSecretKey, type KeyObject, randomFillSync, timingSafeEqual } from 'node:crypto';
import { inspect } from 'node:util';
import { arena, type Block, SecretMemoryError } from './arena.ts';

const HIDDEN = '[secret]';

/** A secret that was dropped without being released is wiped when the collector notices. */
const dropped = new FinalizationRegistry<Block>((block) => arena.give(block));

/**
 * A secret in the arena. Nothing prints it, nothing compares it but in constant time, and `release` (or `using`) wipes it.
 * Up to 56 bytes it keeps clear of the first eight bytes of every cache line (INTEL-SA-00219).
 */
export class SecretBytes {
  #block: Block | undefined;
  readonly length: number;

  /** All zeros. Throws `SecretMemoryError`: "bad-length", "exhausted". */
  constructor(length: number) {
    this.#block = arena.take(length);
    this.length = length;
    dropped.register(this, this.#block, this);
  }

  /** Of kinds with a fixed length, `length` is left out. */
  static random<T extends SecretBytes>(this: new (length: number) => T, length = 0): T {
    const made = new this(length);
    made.use((view) => randomFillSync(view));
    return made;
  }

  /** Takes the bytes over: the given ones are wiped. Throws `SecretMemoryError` "bad-length". */
  static take<T extends SecretBytes>(this: new (length: number) => T, bytes: Uint8Array): T {
    try {
      const made = new this(bytes.length);
      if (made.length !== bytes.length) {
        made.release();
        throw new SecretMemoryError('bad-length', `it must have ${made.length} bytes, not ${bytes.length}`);
      }
      made.use((view) => view.set(bytes));
      return made;
    } finally {
      bytes.fill(0);
    }
  }

  /** Whether it keeps clear of the first bytes of cache lines. */
  get guarded(): boolean {
    return this.#held().guarded;
  }

  /** Bytes from the beginning of a cache line to the secret: for tests of the layout. */
  get lineOffset(): number {
    return this.#held().start % 64;
  }

  /** Lends the bytes: the view is not to be kept, and goes blind or shows other secrets later. Throws "released". */
  use<T>(action: (view: Uint8Array) => T): T {
    return action(arena.view(this.#held()));
  }

  /** In constant time for equal lengths, which are public. */
  equals(other: SecretBytes | Uint8Array): boolean {
    if (other.length !== this.length) return false;
    return this.use((mine) =>
      other instanceof SecretBytes
        ? other.use((theirs) => timingSafeEqual(mine, theirs))
        : timingSafeEqual(mine, other),
    );
  }

  /** A handle for node:crypto, which keeps a copy of its own. */
  toKeyObject(): KeyObject {
    return this.use((view) => createSecretKey(view));
  }

  /** Another secret of the same bytes. */
  clone(): SecretBytes {
    const twin = new SecretBytes(this.length);
    twin.use((view) => this.use((mine) => view.set(mine)));
    return twin;
  }

  /** Wipes it. Twice is once. */
  release(): void {
    if (!this.#block) return;
    dropped.unregister(this);
    arena.give(this.#block);
    this.#block = undefined;
  }

  [Symbol.dispose](): void {
    this.release();
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [inspect.custom](): string {
    return HIDDEN;
  }

  #held(): Block {
    if (!this.#block) throw new SecretMemoryError('released', 'the secret was released and wiped');
    return this.#block;
  }
}
