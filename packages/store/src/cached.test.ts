import { expect, it } from 'vitest';
import { cachedStore } from './cached.ts';
import { type Batch, type Entry, type Key, type Store, StoreError } from './store.ts';

/** A store whose answers are held back until they are let go; counts what it is asked. */
class Held {
  readonly entries = new Map<string, Entry>();
  readonly asked: string[] = [];
  readonly gates: (() => void)[] = [];
  hold = false;
  fails = false;

  async #gate(): Promise<void> {
    if (this.hold) await new Promise<void>((resolve) => this.gates.push(resolve));
  }

  async getMany(keys: readonly Key[]): Promise<(Entry | undefined)[]> {
    const found = keys.map((key) => this.entries.get(key.join()));
    for (const key of keys) this.asked.push(key.join());
    await this.#gate();
    return found;
  }

  async commitVersions({ put = [], delete: gone = [] }: Batch): Promise<number[]> {
    if (this.fails) throw new StoreError('conflict', 'test');
    for (const key of gone) this.entries.delete(key.join());
    const versions = put.map(({ key, value }) => {
      const version = (this.entries.get(key.join())?.version ?? 0) + 1;
      this.entries.set(key.join(), { key, value: value.slice(), version });
      return version;
    });
    await this.#gate();
    return versions;
  }
}

const value = (text: string) => new TextEncoder().encode(text);
const put = (key: string, text: string): Batch => ({ put: [{ key: [key], value: value(text) }] });
const shown = (entry: Entry | undefined) =>
  entry && `${entry.version} ${Buffer.from(entry.value).toString()}`;

function make(maxEntries = 10) {
  const held = new Held();
  const store = cachedStore(held as unknown as Store, { maxEntries, maxValueBytes: 10 });
  const get = async (key: string) => shown(await store.get([key]));
  const letGo = () => {
    for (const gate of held.gates.splice(0)) gate();
  };
  return { held, store, get, letGo };
}

it('reads once, absences too, and one read serves all who wait for it', async () => {
  const { held, get, store } = make();
  held.entries.set('a', { key: ['a'], value: value('x'), version: 4 });
  expect(await Promise.all([get('a'), get('b'), get('a')])).toEqual(['4 x', undefined, '4 x']);
  expect(await get('a')).toBe('4 x');
  expect((await store.getMany([['b'], ['a'], ['b']])).map(shown)).toEqual([undefined, '4 x', undefined]);
  expect(held.asked).toEqual(['a', 'b']);
});

it('knows what it committed, without reading', async () => {
  const { held, store, get } = make();
  await store.commit(put('a', '1'));
  await store.commit(put('a', '2'));
  expect(await get('a')).toBe('2 2');
  await store.commit({ delete: [['a']] });
  expect(await get('a')).toBeUndefined();
  expect(held.asked).toEqual([]);
});

it('shows a commit only when it is durable', async () => {
  const { held, store, get, letGo } = make();
  await store.commit(put('a', 'old'));
  held.hold = true;
  const commit = store.commit(put('a', 'new'));
  expect(await get('a')).toBe('1 old');
  letGo();
  await commit;
  expect(await get('a')).toBe('2 new');
});

it('does not keep what a read found while a commit went on', async () => {
  const { held, store, get, letGo } = make();
  held.entries.set('a', { key: ['a'], value: value('old'), version: 1 });
  held.hold = true;
  const read = get('a');
  const commit = store.commit(put('a', 'new'));
  const during = get('a');
  held.gates.splice(1, 1)[0]?.();
  await commit;
  letGo();
  expect(await read).toBe('1 old');
  held.hold = false;
  await during;
  expect(await get('a')).toBe('2 new');
});

it('reads again after two commits of a key at once, in whatever order they are answered', async () => {
  const { held, store, get } = make();
  held.hold = true;
  const first = store.commit(put('a', '1'));
  const second = store.commit(put('a', '2'));
  for (const gate of held.gates.splice(0).reverse()) gate();
  await Promise.all([first, second]);
  held.hold = false;
  expect(await get('a')).toBe('2 2');
  expect(held.asked).toEqual(['a']);
});

it('forgets what a conflict was about', async () => {
  const { held, store, get } = make();
  await store.commit(put('a', 'x'));
  held.fails = true;
  await expect(store.commit({ expect: [{ key: ['a'], version: 9 }] })).rejects.toMatchObject({
    code: 'conflict',
  });
  await get('a');
  expect(held.asked).toEqual(['a']);
});

it('keeps the most recently used, and no large values', async () => {
  const { held, store, get } = make(2);
  for (const key of ['a', 'b']) await store.commit(put(key, key));
  await get('a');
  await store.commit(put('c', 'c'));
  await get('a');
  await get('c');
  expect(held.asked).toEqual([]);
  await get('b');
  await store.commit(put('big', 'more than ten'));
  await get('big');
  await get('big');
  expect(held.asked).toEqual(['b', 'big', 'big']);
});

it('hands out copies', async () => {
  const { store, get } = make();
  const mine = value('x');
  await store.commit({ put: [{ key: ['a'], value: mine }] });
  mine.fill(0);
  (await store.get(['a']))?.value.fill(0);
  expect(await get('a')).toBe('1 x');
});

it('passes on a failed read, and tries again', async () => {
  const { held, store, get } = make();
  const getMany = held.getMany.bind(held);
  held.getMany = async () => {
    throw new StoreError('io', 'test');
  };
  await expect(store.get(['a'])).rejects.toMatchObject({ code: 'io' });
  held.getMany = getMany;
  expect(await get('a')).toBeUndefined();
});
