/**
 * An anchor remembers, outside of a data folder, the newest state that the folder had: so that an older copy of the whole folder, or a
 * fork of it, is told from it.
 */
import type { KeyObject } from 'node:crypto';
import { CodedError, type RefusalTable } from '@gaiwan/errors';

/** What is remembered outside of the data folder. */
export interface AnchoredState {
  /** Begins with 1; only a recovery raises it. */
  readonly epoch: number;
  /** Transactions since the store was made. */
  readonly commits: number;
  /** 32 bytes: which state that is. */
  readonly digest: Uint8Array;
}

export const anchorKinds = ['tpm', 'key-broker', 'file'] as const;
/** Where an anchor keeps what it remembers. */
export type AnchorKind = (typeof anchorKinds)[number];

/** One anchor for one data folder. Whoever uses it is the only one. */
export interface Anchor {
  readonly kind: AnchorKind;
  /** Where it is there, it is called before anything else: with a secret that only the data folder has, the same for its life. */
  unlock?(secret: KeyObject): void;
  /**
   * The newest state that was anchored; undefined where nothing ever was.
   *
   * @throws {AnchorError} `unavailable`, `unreadable`
   */
  read(): Promise<AnchoredState | undefined>;
  /**
   * From exactly that state to a newer one: a higher epoch, or the same with more commits. Durable when it resolves; whether it was done is
   * open where it rejects with `unavailable`.
   *
   * @throws {AnchorError} `moved` where another state is anchored than `from`, `not-newer`, `unavailable`, `unreadable`
   */
  advance(from: AnchoredState | undefined, to: AnchoredState): Promise<void>;
  /** Lets go of what it holds; nothing is to be called after it. */
  close(): Promise<void>;
}

export const anchorRefusals = {
  moved: {
    meaning: 'The anchor has another state than the one that this platform anchored last.',
    remedy:
      'Find out which other process uses the anchor, or a copy of the data folder; end it and start again.',
  },
  'not-newer': {
    meaning: 'The anchor was asked to go back, or to stay where it is.',
    remedy: 'This is a defect: report it.',
  },
  unavailable: {
    meaning: 'The anchor does not answer, or cannot be read or written.',
    remedy:
      'Bring back what the message names: the folder, the key broker, the TPM. The platform continues by itself.',
  },
  unreadable: {
    meaning: 'What the anchor keeps is no state.',
    remedy:
      'Find out who changed it; then remove what the message names (of a TPM both indices), and begin anew with `gaiwan recover --epoch N`, N after the last.',
  },
} as const satisfies RefusalTable;

/** An anchor did not do what it was asked for. */
export class AnchorError extends CodedError<keyof typeof anchorRefusals> {
  override readonly name = 'AnchorError';
}

/** Whether a state comes after another: a higher epoch, or more commits in the same. */
const isNewer = (from: AnchoredState | undefined, to: AnchoredState): boolean =>
  from === undefined || to.epoch > from.epoch || (to.epoch === from.epoch && to.commits > from.commits);

export function isSameState(a: AnchoredState | undefined, b: AnchoredState | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.epoch === b.epoch && a.commits === b.commits && Buffer.compare(a.digest, b.digest) === 0;
}

/** What every anchor asks before it advances. @throws {AnchorError} `not-newer`, `moved` */
export function requireAdvance(
  is: AnchoredState | undefined,
  from: AnchoredState | undefined,
  to: AnchoredState,
): void {
  if (!isNewer(from, to))
    throw new AnchorError('not-newer', `${shownState(to)} is not after ${shownState(from)}.`);
  if (!isSameState(is, from))
    throw new AnchorError('moved', `The anchor has ${shownState(is)}, not ${shownState(from)}.`);
}

const shownState = (state: AnchoredState | undefined): string =>
  state === undefined ? 'no state' : `state ${state.epoch}.${state.commits}`;

const DIGEST_BYTES = 32;
/** Bytes of a state in `encodeState`'s form. */
export const STATE_BYTES = 16 + DIGEST_BYTES;

/** epoch (8, big-endian) | commits (8) | digest (32) */
export function encodeState({ epoch, commits, digest }: AnchoredState): Buffer {
  const bytes = Buffer.alloc(STATE_BYTES);
  bytes.writeBigUInt64BE(BigInt(epoch));
  bytes.writeBigUInt64BE(BigInt(commits), 8);
  bytes.set(digest, 16);
  return bytes;
}

/** @throws {AnchorError} `unreadable` for what `encodeState` never makes */
export function decodeState(bytes: Uint8Array): AnchoredState {
  const given = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const epoch = given.length === STATE_BYTES ? Number(given.readBigUInt64BE()) : 0;
  const commits = given.length === STATE_BYTES ? Number(given.readBigUInt64BE(8)) : 0;
  if (epoch < 1 || !Number.isSafeInteger(epoch) || !Number.isSafeInteger(commits))
    throw new AnchorError('unreadable', 'What the anchor keeps is no state of a store.');
  return { epoch, commits, digest: Uint8Array.from(given.subarray(16)) };
}
