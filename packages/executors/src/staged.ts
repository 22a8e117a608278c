/**
 * Plaintext between decryption and use. Small content stays in memory; the rest goes to a spool file of chunks, each
 * sealed under a key that never leaves this process, because the disk is not trusted: what is read back
 * is authentic, chunk by chunk, in order and complete.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { HostFault } from './errors.ts';
import { limits } from './limits.ts';

/** Can be cloned to another thread. */
export type Staged =
  | { readonly kind: 'memory'; readonly chunks: readonly Uint8Array<ArrayBuffer>[]; readonly size: number }
  | { readonly kind: 'spool'; readonly path: string; readonly key: Uint8Array; readonly size: number };

const CHUNK = 1 << 20;
const TAG = 16;
/** Bytes that a `Stager` keeps in memory by default. */
export const DEFAULT_MEMORY_LIMIT: number = limits.stagedMemory.value;

/** A chunk's nonce: its index, and whether it is the last. The key is used for one spool only. */
function nonce(index: number, last: boolean): Uint8Array {
  const bytes = new Uint8Array(12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, last ? 1 : 0);
  view.setBigUint64(4, BigInt(index));
  return bytes;
}

interface Spool {
  readonly path: string;
  readonly key: Uint8Array;
  readonly file: number;
  index: number;
}

/**
 * Takes plaintext as it comes, and keeps it until it is used: see `Staged`.
 *
 * @example
 * const stager = new Stager(folder);
 * for await (const chunk of decrypted) stager.write(chunk);
 * const staged = stager.finish();
 */
export class Stager {
  readonly #folder: string;
  readonly #memoryLimit: number;
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];
  #chunk = new Uint8Array(1 << 16);
  #used = 0;
  #size = 0;
  #inMemory = 0;
  #spool: Spool | undefined;

  constructor(folder: string, memoryLimit: number = DEFAULT_MEMORY_LIMIT) {
    this.#folder = folder;
    this.#memoryLimit = memoryLimit;
  }

  get size(): number {
    return this.#size;
  }

  /** Copies the bytes. */
  write(bytes: Uint8Array): void {
    this.#size += bytes.length;
    for (let at = 0; at < bytes.length; ) {
      if (this.#used === this.#chunk.length) this.#push();
      const count = Math.min(this.#chunk.length - this.#used, bytes.length - at);
      this.#chunk.set(bytes.subarray(at, at + count), this.#used);
      this.#used += count;
      at += count;
    }
  }

  finish(): Staged {
    const spool = this.#spool;
    if (!spool) {
      this.#chunks.push(this.#chunk.subarray(0, this.#used));
      return { kind: 'memory', chunks: this.#chunks, size: this.#size };
    }
    this.#seal(spool, this.#chunk.subarray(0, this.#used), true);
    this.#chunk.fill(0);
    closeSync(spool.file);
    return { kind: 'spool', path: spool.path, key: spool.key, size: this.#size };
  }

  abort(): void {
    if (!this.#spool) return;
    closeSync(this.#spool.file);
    rmSync(this.#spool.path, { force: true });
  }

  /** The chunk is full and more is to come. */
  #push(): void {
    if (this.#spool) {
      this.#seal(this.#spool, this.#chunk, false);
      this.#used = 0;
      return;
    }
    this.#chunks.push(this.#chunk);
    this.#inMemory += this.#chunk.length;
    this.#chunk = new Uint8Array(CHUNK);
    this.#used = 0;
    if (this.#inMemory + CHUNK > this.#memoryLimit) this.#spill();
  }

  #spill(): void {
    const path = join(this.#folder, `spool-${randomBytes(8).toString('hex')}`);
    const file = onDisk(() => openSync(path, 'wx', 0o600));
    this.#spool = { path, key: randomBytes(32), file, index: 0 };
    const before = this.#chunks.splice(0);
    for (const chunk of before) {
      for (let at = 0; at < chunk.length; ) {
        if (this.#used === CHUNK) this.#push();
        const count = Math.min(CHUNK - this.#used, chunk.length - at);
        this.#chunk.set(chunk.subarray(at, at + count), this.#used);
        this.#used += count;
        at += count;
      }
      chunk.fill(0);
    }
  }

  #seal(spool: Spool, plaintext: Uint8Array, last: boolean): void {
    const position = spool.index * (CHUNK + TAG);
    const cipher = createCipheriv('aes-256-gcm', spool.key, nonce(spool.index++, last));
    const sealed = cipher.update(plaintext);
    cipher.final();
    onDisk(() => {
      writeAll(spool.file, sealed, position);
      writeAll(spool.file, cipher.getAuthTag(), position + sealed.length);
    });
  }
}

/** The system's errors are the host's: `HostFault` ('disk'). */
function onDisk<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new HostFault('disk', `Data cannot be staged: ${why}`, { cause });
  }
}

/** A disk that is nearly full takes a part, and refuses the rest. */
function writeAll(file: number, bytes: Uint8Array, position: number): void {
  for (let written = 0; written < bytes.length; )
    written += writeSync(file, bytes, written, bytes.length - written, position + written);
}

/** Authentic chunks from byte 0; each is valid until the next. Throws `HostFault` ('disk') where the spool was changed. */
export function* readStaged(staged: Staged): Generator<Uint8Array> {
  if (staged.kind === 'memory') {
    yield* staged.chunks;
    return;
  }
  const file = onDisk(() => openSync(staged.path, 'r'));
  try {
    const sealed = Buffer.allocUnsafe(CHUNK + TAG);
    for (let index = 0; index < countSpoolChunks(staged); index++)
      yield openChunk(file, staged, index, sealed);
  } finally {
    closeSync(file);
  }
}

type SpoolFile = Extract<Staged, { kind: 'spool' }>;

/** How many chunks a spool file has: an empty one has one, too. */
export const countSpoolChunks = ({ size }: SpoolFile): number => Math.max(1, Math.ceil(size / CHUNK));

/** One chunk of 1 MiB, the last of less. Throws `HostFault` ('disk') where the spool was changed. */
export function readSpoolChunk(staged: SpoolFile, index: number): Uint8Array {
  const file = onDisk(() => openSync(staged.path, 'r'));
  try {
    return openChunk(file, staged, index, Buffer.allocUnsafe(CHUNK + TAG));
  } finally {
    closeSync(file);
  }
}

function openChunk(file: number, staged: SpoolFile, index: number, buffer: Buffer): Uint8Array {
  const last = countSpoolChunks(staged) - 1;
  const want = (index === last ? staged.size - last * CHUNK : CHUNK) + TAG;
  const got = onDisk(() => readSync(file, buffer, 0, want, index * (CHUNK + TAG)));
  if (got !== want) throw changedOnDisk();
  return openSealed(buffer.subarray(0, want), staged.key, nonce(index, index === last));
}

function openSealed(sealed: Uint8Array, key: Uint8Array, iv: Uint8Array): Uint8Array {
  const length = sealed.length - TAG;
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG });
  decipher.setAuthTag(sealed.subarray(length));
  const plaintext = decipher.update(sealed.subarray(0, length));
  try {
    decipher.final();
  } catch (cause) {
    throw changedOnDisk(cause);
  }
  return plaintext;
}

const changedOnDisk = (cause?: unknown): HostFault =>
  new HostFault('disk', 'Staged data was changed on the disk while the task ran.', { cause });

/** Removes the spool file, and wipes its key. */
export function removeStaged(staged: Staged): void {
  if (staged.kind === 'spool') {
    rmSync(staged.path, { force: true });
    staged.key.fill(0);
  }
}

/** What can move to another thread rather than be copied. */
export function transferables(staged: Iterable<Staged>): ArrayBuffer[] {
  return [...staged].flatMap((item) =>
    item.kind === 'memory' ? item.chunks.map((chunk) => chunk.buffer) : [],
  );
}
