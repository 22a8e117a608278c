import { StoreError } from '@gaiwan/store';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { decodeRecord } from '../domain/codec.ts';
import { decodeEntries } from '../state/audit/entries.ts';
import { type KeyRotation, keepKeysYoung, type RotatingStore } from './key-rotation.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Notes what is asked of it; sealing anew ends when a test says so. */
class Recorder implements RotatingStore {
  readonly calls: string[] = [];
  value: Uint8Array | undefined;
  /** Messages for the audit log. */
  readonly audited: string[] = [];
  commitError: Error | undefined;
  rotationError: Error | undefined;
  resealError: Error | undefined;
  /** Resolves what waits for `resealed`. */
  finish: (() => void) | undefined;
  slow = false;

  async get() {
    return this.value && { key: [], version: 1, value: this.value };
  }
  async commit({ put = [], append = [] }: Parameters<RotatingStore['commit']>[0]) {
    for (const { value } of append) this.audited.push(...decodeEntries(value).map(({ message }) => message));
    if (this.commitError) throw this.commitError;
    if (put.length === 0) return;
    this.calls.push('note');
    this.value = put[0]?.value;
  }
  async rotateKeys() {
    this.calls.push('rotate');
    if (this.rotationError) throw this.rotationError;
    const slowly = new Promise<void>((resolve) => {
      this.finish = resolve;
    });
    const failed = this.resealError && Promise.reject(this.resealError);
    failed?.catch(() => undefined);
    return { resealed: failed ?? (this.slow ? slowly : Promise.resolve()) };
  }
  async reseal() {
    this.calls.push('reseal');
    if (this.resealError) throw this.resealError;
  }
  /** What was asked since. */
  take(): string[] {
    return this.calls.splice(0);
  }
}

let store: Recorder;
let reported: unknown[];
let rotation: KeyRotation;
let now: number;
const clock = { now: () => now };
const start = async () => {
  rotation = keepKeysYoung(store, { clock, report: (error) => reported.push(error) });
  await vi.advanceTimersByTimeAsync(0);
};
/** However long: one check. */
async function pass(ms: number): Promise<void> {
  now += ms;
  await vi.advanceTimersByTimeAsync(HOUR);
}

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  store = new Recorder();
  reported = [];
  now = Date.parse('2026-01-01T00:00:00Z');
  await start();
});
afterEach(() => {
  rotation.stop();
  vi.useRealTimers();
});

const noted = () => decodeRecord<{ at: number }>(store.value ?? new Uint8Array()).at;

describe('keys of a store', () => {
  it('are rotated when they are older than 90 days, and not before', async () => {
    expect(store.take()).toEqual(['reseal', 'note']);
    await pass(90 * DAY);
    expect(store.take()).toEqual(['reseal']);
    await pass(HOUR);
    expect(store.take()).toEqual(['reseal', 'rotate', 'note']);
    expect(noted()).toBe(now);
    await pass(90 * DAY);
    expect(store.take()).toEqual(['reseal']);
    await pass(HOUR);
    expect(store.take()).toEqual(['reseal', 'rotate', 'note']);
    expect(reported).toEqual([]);
  });

  it('are as old after another start as they were', async () => {
    await pass(91 * DAY);
    store.take();
    rotation.stop();
    now += 91 * DAY;
    await start();
    expect(store.take()).toEqual(['reseal', 'rotate', 'note']);
  });

  it('are noted as new when nothing is left under the old ones, and not before', async () => {
    store.take();
    store.slow = true;
    const done = rotation.rotate();
    await vi.advanceTimersByTimeAsync(0);
    expect(store.take()).toEqual(['rotate']);
    store.finish?.();
    await done;
    expect(store.take()).toEqual(['note']);
  });

  it('are rotated by hand, and an error is for whoever asked', async () => {
    store.take();
    store.rotationError = new Error('handed on');
    await expect(rotation.rotate()).rejects.toThrow('handed on');
    expect(store.take()).toEqual(['rotate']);
    store.resealError = new StoreError('tampered', 'one value');
    store.rotationError = undefined;
    await expect(rotation.rotate()).rejects.toThrow('one value');
    expect(store.take()).toEqual(['rotate']);
    expect(reported).toEqual([]);
  });

  it('are rotated with an entry in the audit log before and after, or not at all', async () => {
    expect(store.audited).toEqual([]);
    await rotation.rotate();
    const done = 'rotate_keys: nothing is left under the old keys';
    expect(store.audited.splice(0)).toEqual(['rotate_keys: begins', done]);
    store.resealError = new StoreError('tampered', 'one value');
    await expect(rotation.rotate()).rejects.toThrow('one value');
    store.resealError = undefined;
    await pass(HOUR);
    expect(store.audited.splice(0)).toEqual(['rotate_keys: begins', done]);
    store.take();
    store.commitError = new StoreError('disk-full', 'no room');
    await expect(rotation.rotate()).rejects.toThrow('no room');
    expect(store.take()).toEqual([]);
  });

  it('are tried to be rotated every hour while something stands in the way, which is told', async () => {
    store.take();
    const waits = new Error('handed on');
    store.rotationError = waits;
    await pass(91 * DAY);
    await pass(HOUR);
    expect(store.take()).toEqual(['reseal', 'rotate', 'reseal', 'rotate']);
    expect(reported).toEqual([waits, waits]);
    store.rotationError = undefined;
    await pass(HOUR);
    expect(store.take()).toEqual(['reseal', 'rotate', 'note']);
  });

  it('are not rotated again before what they left is sealed anew, which is tried every hour and then noted', async () => {
    store.take();
    const tampered = new StoreError('tampered', 'one value');
    store.resealError = tampered;
    await expect(rotation.rotate()).rejects.toThrow(tampered);
    await pass(91 * DAY);
    await pass(HOUR);
    expect(store.take()).toEqual(['rotate', 'reseal', 'reseal']);
    expect(reported).toEqual([tampered, tampered]);
    store.resealError = undefined;
    await pass(HOUR);
    expect(store.take()).toEqual(['reseal', 'note']);
    await pass(HOUR);
    expect(store.take()).toEqual(['reseal']);
  });

  it('of which some are left by an earlier run: told at the start, if they cannot be given up', async () => {
    rotation.stop();
    store.resealError = new StoreError('tampered', 'one value');
    await start();
    expect(reported).toEqual([store.resealError]);
  });

  it.each(['closed', 'io'] as const)(
    'are left alone after a stop: a check under way meets %s',
    async (code) => {
      store.take();
      const { promise, reject } = Promise.withResolvers<void>();
      const asked = vi.spyOn(store, 'reseal').mockReturnValue(promise);
      await pass(HOUR);
      rotation.stop();
      reject(new StoreError(code, 'the end'));
      await pass(200 * DAY);
      expect(asked).toHaveBeenCalledTimes(1);
      expect(store.take()).toEqual([]);
      // That it was closed is what was wanted.
      expect(reported).toHaveLength(code === 'closed' ? 0 : 1);
    },
  );

  it('are checked by one at a time, however long that takes', async () => {
    store.take();
    store.slow = true;
    await pass(91 * DAY);
    await pass(91 * DAY);
    expect(store.take()).toEqual(['reseal', 'rotate']);
    store.finish?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(store.take()).toEqual(['note']);
  });
});
