/** Rotates the keys of a store while it is in use: when they are old, and when somebody asks. */
import { decodeRecord, encodeRecord } from '../domain/codec.ts';
import type { Clock } from '../services/ports.ts';
import type { SealedStore } from './machine.ts';

const ROTATED = ['store', 'keys-rotated'];
const MAX_AGE_MS = 90 * 86_400_000;
const CHECK_MS = 3_600_000;

export interface KeyRotation {
  /** Resolves when nothing is left under the old keys. Rejects with `PlatformError` or `StoreError`. */
  rotate(): Promise<void>;
  stop(): void;
}

/** `report` gets what stands in the way; it is tried again within the hour. */
export async function keepKeysYoung(
  store: SealedStore,
  clock: Clock,
  report: (error: unknown) => void,
): Promise<KeyRotation> {
  const note = () => store.commit({ put: [{ key: ROTATED, value: encodeRecord({ at: clock.now() }) }] });
  const rotate = async () => {
    const { resealed } = await store.rotateKeys();
    await note();
    await resealed;
  };
  const check = async () => {
    const found = await store.get(ROTATED);
    if (found === undefined) return note();
    const { at } = decodeRecord<{ at: number }>(found.value);
    if (clock.now() - at > MAX_AGE_MS) await rotate();
  };
  const run = () => void check().catch(report);
  run();
  const timer = setInterval(run, CHECK_MS).unref();
  return { rotate, stop: () => clearInterval(timer) };
}
