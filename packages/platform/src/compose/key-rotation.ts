/** Rotates the keys of a store while it is in use: when they are old, and when somebody asks. */
import type { EmbeddedStore, LogAppend } from '@gaiwan/store';
import { StoreError } from '@gaiwan/store';
import { decodeRecord, encodeRecord } from '../domain/codec.ts';
import { limits } from '../limits.ts';
import type { Clock } from '../ports.ts';
import { auditAppend, operatorEntry } from '../state/audit/entries.ts';

/** When the keys were last changed, and all that older ones sealed was sealed anew. */
const ROTATED = ['store', 'keys-rotated'];
const MAX_AGE_MS = limits.rootKeyAge.value;
const CHECK_MS = limits.rootKeyCheck.value;

export type RotatingStore = Pick<EmbeddedStore, 'get' | 'commit' | 'rotateKeys' | 'reseal'>;

export interface KeyRotationOptions {
  readonly clock: Clock;
  /** Gets what stands in the way; it is tried again within the hour. */
  readonly report: (error: unknown) => void;
}

export interface KeyRotation {
  /** Resolves when nothing is left under the old keys. Rejects with `PlatformError` or `StoreError`. */
  readonly rotate: () => Promise<void>;
  readonly stop: () => void;
}

export function keepKeysYoung(store: RotatingStore, { clock, report }: KeyRotationOptions): KeyRotation {
  /** Keys were changed, and the note about it is still to be made. */
  let changed = false;
  let checking = false;
  let stopped = false;
  const said = (message: string): LogAppend[] => {
    const [log, value] = auditAppend([operatorEntry(message, clock.now())]);
    return [{ log, value }];
  };
  const note = async (): Promise<void> => {
    const append = changed ? said('rotate_keys: nothing is left under the old keys') : [];
    await store.commit({ put: [{ key: ROTATED, value: encodeRecord({ at: clock.now() }) }], append });
    changed = false;
  };
  const rotate = async (): Promise<void> => {
    await store.commit({ append: said('rotate_keys: begins') });
    const { resealed } = await store.rotateKeys();
    changed = true;
    await resealed;
    await note();
  };
  const check = async (): Promise<void> => {
    // Before another rotation: with a value that cannot be sealed anew, there would be another generation of keys every hour.
    await store.reseal();
    const found = changed ? undefined : await store.get(ROTATED);
    if (found === undefined) return note();
    const { at } = decodeRecord<{ at: number }>(found.value);
    if (clock.now() - at > MAX_AGE_MS) await rotate();
  };
  const run = async (): Promise<void> => {
    if (checking) return;
    checking = true;
    try {
      await check();
    } catch (error) {
      if (!(stopped && error instanceof StoreError && error.code === 'closed')) report(error);
    } finally {
      checking = false;
    }
  };
  void run();
  const timer = setInterval(() => void run(), CHECK_MS).unref();
  return {
    rotate,
    stop() {
      stopped = true;
      clearInterval(timer);
    },
  };
}
