/** Small things that the contract's cases share. */
import assert from 'node:assert/strict';
import { type Entry, type Store, StoreError, type StoreErrorCode } from '../store.ts';

export type Cases = Readonly<Record<string, (open: () => Promise<Store>) => Promise<void>>>;

export const bytes = (text: string) => new TextEncoder().encode(text);
export const text = (value: Uint8Array | undefined) => value && new TextDecoder().decode(value);

/** `version text`, to compare at a glance. */
export const shown = (entry: Entry | undefined) => entry && `${entry.version} ${text(entry.value)}`;

export async function refused(promise: Promise<unknown>, code: StoreErrorCode): Promise<void> {
  await assert.rejects(promise, (error: unknown) => {
    assert.ok(error instanceof StoreError, `not a StoreError: ${String(error)}`);
    assert.equal(error.code, code, error.message);
    return true;
  });
}

export async function scanAll(store: Store, prefix: readonly string[], limit: number): Promise<Entry[]> {
  const all: Entry[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.scan(prefix, cursor === undefined ? { limit } : { limit, cursor });
    assert.ok(page.entries.length <= limit);
    all.push(...page.entries);
    cursor = page.next;
  } while (cursor !== undefined);
  return all;
}
