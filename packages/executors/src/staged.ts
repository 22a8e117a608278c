/**
 * Plaintext between decryption and use. Small content stays in memory; the rest goes to a spool file of chunks, each
 * sealed under a key that never leaves this process, because the disk is not trusted: what is read back
 * is authentic, chunk by chunk, in order and complete.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '@gaiwan/errors';
import { HostFault } from './errors.ts';
import { limits } from './limits.ts';
import { StagingMemory } from './staging-memory.ts';

/** Can be cloned to another thread. */
export type Staged =
  | { readonly kind: 'memory'; readonly chunks: readonly Uint8Array<ArrayBuffer>[]; readonly size: number }
  | {
      readonly kind: 'spool';
      readonly path: string;
      readonly key: Uint8Array;
      readonly size: number;
      /** Bytes of each sealed chunk but the last. */
      readonly chunk: number;
    };

const CHUNK = 1 << 20;
/** Of the first chunk, which no memory is taken for while it fills; and of a spool's chunks where there is no memory for larger ones. */
const SMALL = 1 << 16;
const TAG = 16;
/** Bytes on the disk between two looks at what it has left. */
const LOOK = 16 << 20;

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
  readonly chunk: number;
  open: boolean;
  index: number;
  /** Bytes that may be written before the next look at the disk. */
  seen: number;
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
  readonly #memory: StagingMemory;
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];
  #chunk = new Uint8Array(SMALL);
  #used = 0;
  #size = 0;
  #taken = 0;
  #spool: Spool | undefined;

  /** `memory`: whose bytes are used before the disk, or how many of one's own. */
  constructor(folder: string, memory: StagingMemory | number = limits.stagedTask.value) {
    this.#folder = folder;
    this.#memory = typeof memory === 'number' ? new StagingMemory(memory) : memory;
  }

  get size(): number {
    return this.#size;
  }

  /** Copies the bytes. Throws `HostFault` ('disk') where neither memory nor disk has room. */
  write(bytes: Uint8Array): void {
    this.#size += bytes.length;
    this.#fill(bytes);
  }

  finish(): Staged {
    if (!this.#spool && !this.#keep()) this.#spill();
    const spool = this.#spool;
    if (!spool) return { kind: 'memory', chunks: this.#chunks, size: this.#size };
    this.#seal(spool, this.#chunk.subarray(0, this.#used), true);
    this.#chunk.fill(0);
    this.#giveBack();
    this.#close(spool);
    const { path, key, chunk } = spool;
    return { kind: 'spool', path, key, size: this.#size, chunk };
  }

  /** Nothing is kept, also of what was finished. */
  abort(): void {
    this.#giveBack();
    if (!this.#spool) return;
    rmSync(this.#spool.path, { force: true });
    this.#close(this.#spool);
  }

  #close(spool: Spool): void {
    if (spool.open) closeSync(spool.file);
    spool.open = false;
  }

  #fill(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.#used === this.#chunk.length) this.#push();
      const count = Math.min(this.#chunk.length - this.#used, bytes.length - at);
      this.#chunk.set(bytes.subarray(at, at + count), this.#used);
      this.#used += count;
      at += count;
    }
  }

  #take(bytes: number): boolean {
    if (!this.#memory.take(bytes)) return false;
    this.#taken += bytes;
    return true;
  }

  #giveBack(): void {
    this.#memory.give(this.#taken);
    this.#taken = 0;
  }

  /** The chunk is full and more is to come. */
  #push(): void {
    if (this.#spool) {
      this.#seal(this.#spool, this.#chunk, false);
      this.#used = 0;
    } else if (this.#take(CHUNK + (this.#chunks.length === 0 ? this.#chunk.length : 0))) {
      this.#chunks.push(this.#chunk);
      this.#chunk = new Uint8Array(CHUNK);
      this.#used = 0;
    } else {
      this.#spill();
    }
  }

  /** The last chunk stays in memory. False where there is no room for it. */
  #keep(): boolean {
    if (this.#chunks.length === 0) {
      if (!this.#take(this.#used)) return false;
      // A file of few bytes takes no more than these.
      this.#chunks.push(this.#chunk.slice(0, this.#used));
      this.#chunk.fill(0, 0, this.#used);
    } else {
      this.#chunks.push(this.#chunk.subarray(0, this.#used));
    }
    return true;
  }

  #spill(): void {
    const before = [...this.#chunks.splice(0), this.#chunk.subarray(0, this.#used)];
    this.#giveBack();
    const path = join(this.#folder, `spool-${randomBytes(8).toString('hex')}`);
    const chunk = this.#take(CHUNK) ? CHUNK : SMALL;
    const file = onDisk(() => openSync(path, 'wx', 0o600));
    this.#spool = { path, key: randomBytes(32), file, chunk, open: true, index: 0, seen: 0 };
    this.#chunk = new Uint8Array(chunk);
    this.#used = 0;
    for (const part of before) {
      this.#fill(part);
      part.fill(0);
    }
  }

  #seal(spool: Spool, plaintext: Uint8Array, last: boolean): void {
    const position = spool.index * (spool.chunk + TAG);
    const cipher = createCipheriv('aes-256-gcm', spool.key, nonce(spool.index++, last));
    const sealed = cipher.update(plaintext);
    cipher.final();
    onDisk(() => {
      if (spool.seen <= 0) {
        requireRoom(this.#folder, LOOK);
        spool.seen = LOOK;
      }
      spool.seen -= sealed.length;
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
    if (cause instanceof CodedError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new HostFault('disk', `Data cannot be staged: ${why}`, { cause });
  }
}

/** A disk that is nearly full takes a part, and refuses the rest. */
function writeAll(file: number, bytes: Uint8Array, position: number): void {
  for (let written = 0; written < bytes.length; )
    written += writeSync(file, bytes, written, bytes.length - written, position + written);
}

/**
 * Leaves some room on the disk for whoever else needs it: the worker may share it with the store.
 *
 * @throws HostFault ('disk') where so many bytes would take what is left for them
 */
export function requireRoom(folder: string, bytes: number): void {
  const { bavail, bsize } = onDisk(() => statfsSync(folder));
  if (bavail * bsize - bytes >= limits.scratchReserve.value) return;
  throw new HostFault('disk', `There is no room for ${bytes} bytes more in ${folder}.`);
}

/** Authentic chunks from byte 0; each is valid until the next. Throws `HostFault` ('disk') where the spool was changed. */
export function* readStaged(staged: Staged): Generator<Uint8Array> {
  if (staged.kind === 'memory') {
    yield* staged.chunks;
    return;
  }
  const file = onDisk(() => openSync(staged.path, 'r'));
  try {
    const sealed = Buffer.allocUnsafe(staged.chunk + TAG);
    for (let index = 0; index < countSpoolChunks(staged); index++)
      yield openChunk(file, staged, index, sealed);
  } finally {
    closeSync(file);
  }
}

type SpoolFile = Extract<Staged, { kind: 'spool' }>;

/** How many chunks a spool file has: an empty one has one, too. */
export const countSpoolChunks = ({ size, chunk }: SpoolFile): number => Math.max(1, Math.ceil(size / chunk));

/** One chunk of `staged.chunk` bytes, the last of less. Throws `HostFault` ('disk') where the spool was changed. */
export function readSpoolChunk(staged: SpoolFile, index: number): Uint8Array {
  const file = onDisk(() => openSync(staged.path, 'r'));
  try {
    return openChunk(file, staged, index, Buffer.allocUnsafe(staged.chunk + TAG));
  } finally {
    closeSync(file);
  }
}

function openChunk(file: number, staged: SpoolFile, index: number, buffer: Buffer): Uint8Array {
  const last = countSpoolChunks(staged) - 1;
  const { size, chunk } = staged;
  const want = (index === last ? size - last * chunk : chunk) + TAG;
  const got = onDisk(() => readSync(file, buffer, 0, want, index * (chunk + TAG)));
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

/** What can move to another thread rather than be copied: each once, however many slots the same data fills. */
export function transferables(staged: Iterable<Staged>): ArrayBuffer[] {
  const buffers = [...staged].flatMap((item) =>
    item.kind === 'memory' ? item.chunks.map((chunk) => chunk.buffer) : [],
  );
  return [...new Set(buffers)];
}
