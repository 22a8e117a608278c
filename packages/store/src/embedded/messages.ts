/**
 * What the two threads say to each other. A message's byte strings travel in one buffer that is transferred: a
 * structured clone of a view would copy all of the memory that the view is on.
 */

import type { KeyObject } from 'node:crypto';
import type { Batch, Entry, Key, LogEntry, QueueItem, QueueOperation, StoreErrorCode } from '../store.ts';
import type { StoreHead, Tickets } from './head.ts';
import type { ResealPlace } from './reseal.ts';

/** Start and end in the message's buffer. */
export type Slice = readonly [start: number, end: number];

type Enqueue = Extract<QueueOperation, { op: 'enqueue' }>;
type PackedOperation =
  | Exclude<QueueOperation, Enqueue>
  | (Omit<Enqueue, 'payload'> & { readonly payload: Slice });

/** As `Batch`, with each byte string in the message's buffer. */
export interface PackedBatch extends Pick<Batch, 'expect' | 'delete' | 'trim'> {
  readonly put: readonly { readonly key: Key; readonly value: Slice }[];
  readonly queue: readonly PackedOperation[];
  readonly append: readonly { readonly log: string; readonly value: Slice }[];
}

export type PackedEntry = Omit<Entry, 'value'> & { readonly value: Slice };
type PackedItem = Omit<QueueItem, 'payload'> & { readonly payload: Slice };
type PackedLogEntry = Omit<LogEntry, 'value'> & { readonly value: Slice };

export type Request =
  | { readonly kind: 'commit'; readonly batch: PackedBatch }
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
  | { readonly kind: 'head' }
  | { readonly kind: 'state' }
  | { readonly kind: 'anchorSecret' }
  /** The anchor has `confirmed`, and is asked to take the state that is durable now: the answer. */
  | { readonly kind: 'anchor'; readonly confirmed: StoreHead | undefined }
  | ({ readonly kind: 'epoch'; readonly batch: PackedBatch } & NewEpoch)
  | { readonly kind: 'copy'; readonly path: string }
  | { readonly kind: 'rotate'; readonly root: KeyObject }
  | { readonly kind: 'reseal'; readonly from: ResealPlace | undefined };

/** An epoch, and what the anchor has when it begins. */
export interface NewEpoch {
  readonly epoch: number;
  readonly confirmed: StoreHead | undefined;
  /** Whether there is an anchor, which will be asked to take the epoch's first state. */
  readonly isAnchored: boolean;
}

/** What each kind of request is answered with. */
interface Values {
  /** New versions of the puts. */
  readonly commit: readonly number[];
  readonly get: readonly (PackedEntry | undefined)[];
  readonly scan: { readonly entries: readonly PackedEntry[]; readonly next: string | undefined };
  readonly queue: readonly PackedItem[];
  readonly log: readonly PackedLogEntry[];
  readonly logLength: number;
  readonly head: StoreHead;
  readonly state: { readonly head: StoreHead; readonly tickets: Tickets };
  readonly anchorSecret: KeyObject;
  readonly anchor: StoreHead;
  readonly epoch: undefined;
  readonly copy: undefined;
  readonly rotate: undefined;
  /** Where to continue. */
  readonly reseal: ResealPlace | undefined;
}

/** What a request of this kind is answered with, when it is done. */
export type AnswerTo<Kind extends Request['kind']> = {
  readonly [K in Kind]: { readonly kind: K; readonly value: Values[K] };
}[Kind];
export type Done = AnswerTo<Request['kind']>;
export type Answer = Done | { readonly error: { readonly code: StoreErrorCode; readonly message: string } };

/** Whether an answer is one to this kind of request. */
export const isAnswerTo = <Kind extends Request['kind']>(
  done: Done,
  kind: Kind | undefined,
): done is Done & AnswerTo<Kind> => done.kind === kind;

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
