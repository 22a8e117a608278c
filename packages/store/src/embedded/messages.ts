/**
 * What the two threads say to each other. A message's byte strings travel in one buffer that is transferred: a
 * structured clone of a view would copy all of the memory that the view is on.
 */

import type { KeyObject } from 'node:crypto';
import type { Batch, Key, StoreErrorCode } from '../store.ts';
import type { ResealPlace } from './reseal.ts';

/** Start and end in the message's buffer. */
export type Slice = readonly [start: number, end: number];

/** `T` with each byte string in it replaced. */
export type Packed<T> = T extends Uint8Array
  ? Slice
  : T extends object
    ? { readonly [K in keyof T]: Packed<T[K]> }
    : T;

export type Request =
  | { readonly kind: 'commit'; readonly batch: Packed<Batch> }
  | { readonly kind: 'get'; readonly keys: readonly Key[] }
  | {
      readonly kind: 'scan';
      readonly prefix: Key;
      readonly limit: number;
      readonly cursor: string | undefined;
    }
  | { readonly kind: 'queue'; readonly queue: string; readonly limit: number }
  | { readonly kind: 'log'; readonly log: string; readonly from: number; readonly limit: number }
  | { readonly kind: 'logLength'; readonly log: string }
  | { readonly kind: 'rotate'; readonly root: KeyObject }
  | { readonly kind: 'reseal'; readonly from: ResealPlace | undefined };

export type Answer =
  | { readonly value: unknown }
  | { readonly error: { readonly code: StoreErrorCode; readonly message: string } };

export type ToEngine =
  | { readonly kind: 'unlock'; readonly root: KeyObject }
  | { readonly kind: 'requests'; readonly requests: readonly Request[]; readonly bytes: ArrayBuffer }
  | { readonly kind: 'close' };

export type FromEngine =
  /** The folder is ours; `isNew`: it holds nothing yet. */
  | { readonly kind: 'locked'; readonly isNew: boolean }
  | { readonly kind: 'ready' }
  | { readonly kind: 'answers'; readonly answers: readonly Answer[]; readonly bytes: ArrayBuffer }
  /** Opening failed. */
  | { readonly kind: 'failed'; readonly error: { readonly code: StoreErrorCode; readonly message: string } }
  | { readonly kind: 'closed' };

/** Collects byte strings; they are read when `bytes` is called. */
export class Packer {
  #parts: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(part: Uint8Array): Slice {
    const start = this.#length;
    this.#parts.push(part);
    this.#length += part.length;
    return [start, this.#length];
  }

  /** All of them, and starts anew. */
  take(): ArrayBuffer {
    const bytes = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length;
    }
    this.#parts = [];
    this.#length = 0;
    return bytes.buffer;
  }
}
